# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The sets: how each is made, and what of.
#
# The kernels differ on purpose in more than their version. 6.1 runs with
# 5-level page tables and all memory below 4 GiB; 6.12 with 4-level tables, its
# second node above 4 GiB (a hole between, and a Normal zone) and the vmemmap of
# huge pages freed (hugetlb_free_vmemmap).

all_sets='6.1 6.12 6.1-kexec 6.12-kexec 6.12-arm64'

# Sets the variables that describe set $1; false when there is none of it.
describe_set() {
	set_name=$1
	mode=qemu
	arch=amd64
	qemu=qemu-system-x86_64
	guest_cc=cc
	command_line='console=ttyS0 tsc=reliable'
	host_packages='gcc libc6-dev cpio e2fsprogs xz-utils util-linux'
	case $set_name in
	6.1 | 6.1-kexec)
		flavour=6.1
		kernel_series=6.1.
		kernel_meta=linux-image-cloud-amd64
		machine='-machine pc -cpu max'
		;;
	6.12 | 6.12-kexec)
		flavour=6.12
		kernel_series=6.12.
		kernel_meta=linux-image-6.12-cloud-amd64
		machine='-machine pc,max-ram-below-4g=512M -cpu max,la57=off'
		command_line="$command_line hugetlb_free_vmemmap=on"
		;;
	6.12-arm64)
		flavour=6.12-arm64
		kernel_series=6.12.
		kernel_meta=linux-image-6.12-cloud-arm64
		arch=arm64
		qemu=qemu-system-aarch64
		guest_cc=aarch64-linux-gnu-gcc
		machine='-machine virt,gic-version=3 -cpu cortex-a57'
		command_line='console=ttyAMA0'
		;;
	*)
		return 1
		;;
	esac
	if [ $arch = amd64 ]; then
		host_packages="$host_packages qemu-system-x86 busybox-static"
	else
		host_packages="$host_packages qemu-system-arm
			gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
	fi
	case $set_name in
	*-kexec)
		mode=kexec
		host_packages="$host_packages makedumpfile"
		crash_command_line="$command_line nr_cpus=1 reset_devices loglevel=4"
		crash_command_line="$crash_command_line memdesc=crash"
		command_line="$command_line crashkernel=192M"
		;;
	*)
		crash_command_line=
		host_packages="$host_packages liblzo2-dev zlib1g-dev"
		;;
	esac
	command_line="$command_line memdesc=$mode panic=-1 nowatchdog"
}

# The stop as QEMU writes it: four files of one and the same memory.
make_qemu_set() {
	run_to_stop
	out=$making/out
	formats='elf kdump-zlib'
	case $(monitor dump-formats) in
	*'"kdump-lzo"'*) formats="$formats kdump-lzo" ;;
	esac
	for format in $formats; do
		say "dumping: $format"
		monitor dump "$format" "$making/dump-$format"
	done
	monitor quit
	wait "$guest_pid" || :
	guest_pid=
	mv "$making/dump-elf" "$out/full.elf"
	mv "$making/dump-kdump-zlib" "$out/qemu-zlib.kdump"
	if [ -e "$making/dump-kdump-lzo" ]; then
		mv "$making/dump-kdump-lzo" "$out/qemu-lzo.kdump"
		more_facts='qemu_lzo=written by QEMU'
	else
		say "this QEMU has no LZO: kdump-lzo from kdump-zlib"
		"$making/bin/zlib-to-lzo" "$out/qemu-zlib.kdump" \
			"$out/qemu-lzo.kdump" || die "qemu-lzo.kdump failed"
		more_facts='qemu_lzo=zlib-to-lzo, from qemu-zlib.kdump'
	fi
	chmod 644 "$out"/full.elf "$out"/*.kdump
	fallocate --dig-holes "$out/full.elf"
	cp --reflink=auto --sparse=always "$out/full.elf" "$out/nonote.elf"
	"$making/bin/drop-note" "$out/nonote.elf" >"$out/vmcoreinfo.txt" ||
		die "the dump has no VMCOREINFO note to take out"
}

# A genuine kdump: the guest goes on, panics, and its crash kernel writes.
make_kexec_set() {
	run_to_stop
	out=$making/out
	say "going on to the panic; makedumpfile in the crash kernel"
	monitor cont await "$console" "@written" await-exit
	wait "$guest_pid" || :
	guest_pid=
	say "fetching the files from the guest's disk"
	mkdir "$making/fetched"
	PATH=$PATH:/sbin:/usr/sbin debugfs -R "rdump / $making/fetched" \
		"$making/out.img" >"$making/debugfs.log" 2>&1
	rm "$making/out.img"
	for file in d0.elf d0-zlib.kdump d0-lzo.kdump d31-zlib.kdump \
		d31-lzo.kdump split-1.kdump split-2.kdump flat-d31-lzo.flat \
		incomplete-d31-lzo.kdump; do
		[ -s "$making/fetched/$file" ] || {
			cat "$making/debugfs.log" >&2
			die "$file did not come out of the guest"
		}
		mv "$making/fetched/$file" "$out/$file"
		chmod 644 "$out/$file"
	done
	fallocate --dig-holes "$out/d0.elf"
	"$making/bin/drop-note" -k "$out/d0.elf" >"$out/vmcoreinfo.txt" ||
		die "d0.elf has no VMCOREINFO note"
	more_facts="makedumpfile=$(makedumpfile -v 2>&1 | head -n 1)"
}

# The stamp of a set with the kernel that is in the cache now: what the
# set's files come from, as one hash.
stamp_of_set() {
	set_package=$(cat "$cache/kernels/$flavour/package" 2>/dev/null) || return 1
	echo "stamp-$(echo "$sources $set_name $set_package" | sha256sum |
		cut -c1-16)"
}

set_state() {
	if set_stamp=$(stamp_of_set) &&
		[ -e "$cache/dumps/$set_name/$set_stamp" ]; then
		echo ready
	elif [ -d "$cache/dumps/$set_name" ]; then
		echo outdated
	else
		echo missing
	fi
}

make_set() {
	# shellcheck disable=SC2086 # a list of words
	need_packages $host_packages
	need_kernel
	if [ "$(set_state)" = ready ]; then
		return 0
	fi
	make_folders "$set_name"
	build_programs
	build_initramfs
	build_disk
	make_"$mode"_set
	write_facts "$making/out/vmcoreinfo.txt"
	ln "$kernel/vmlinux" "$making/out/vmlinux" 2>/dev/null ||
		ln -s "$kernel/vmlinux" "$making/out/vmlinux"
	: >"$making/out/$(stamp_of_set)"
	rm -rf "$cache/dumps/$set_name"
	mv "$making/out" "$cache/dumps/$set_name"
	clean_up
	say "ready: $cache/dumps/$set_name"
}
