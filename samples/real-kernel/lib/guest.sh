# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A guest: what it boots from, starting it, and fetching its readings.
# Works in $making; the products' folder is $making/out.

static_flags='-O2 -Wall -static -std=gnu11 -D_GNU_SOURCE'
host_flags='-O2 -Wall -std=gnu11 -D_GNU_SOURCE'

build_programs() {
	say "compiling"
	mkdir -p "$making/bin" "$making/guest" "$making/out"
	programs='qmp drop-note compare-readings'
	[ "$mode" = kexec ] || programs="$programs zlib-to-lzo"
	for program in $programs; do
		libraries=
		[ "$program" != zlib-to-lzo ] || libraries='-llzo2 -lz'
		# shellcheck disable=SC2086 # flags are words
		cc $host_flags -o "$making/bin/$program" \
			"$here/host/$program.c" $libraries ||
			die "$program does not compile"
	done
	for program in workload snapshot kexec-load; do
		# shellcheck disable=SC2086
		$guest_cc $static_flags -o "$making/guest/$program" \
			"$here/guest/$program.c" || die "$program does not compile"
	done
}

pack() { # FOLDER FILE: a cpio archive as the kernel unpacks it
	(cd "$1" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 >"$2"
}

# The guest's initramfs; with makedumpfile in it, the crash kernel's too.
build_initramfs() {
	tree=$making/tree
	mkdir -p "$tree/bin"
	if [ -e "$kernel/busybox" ]; then
		cp "$kernel/busybox" "$tree/bin/busybox"
	else
		cp "$(command -v busybox)" "$tree/bin/busybox"
	fi
	cp "$here/guest/init" "$here/guest/crash" "$tree/"
	cp "$making"/guest/* "$tree/bin/"
	cp -r "$kernel/modules" "$tree/modules"
	chmod 755 "$tree/init"
	echo "$crash_command_line" >"$tree/crash-command-line"
	pack "$tree" "$making/initrd"
	[ "$mode" = kexec ] || return 0
	rm "$tree/bin/workload" "$tree/bin/snapshot" "$tree/bin/kexec-load"
	for file in $(command -v makedumpfile) $(ldd "$(command -v makedumpfile)" |
		grep -o '/[^ ]*'); do
		mkdir -p "$tree$(dirname "$file")"
		cp -L "$file" "$tree$file"
	done
	pack "$tree" "$making/crash-initrd"
}

# The disk with a real file system: two long files, many short ones, and what
# the crash kernel boots from.
build_disk() {
	files=$making/files
	mkdir -p "$files/short" "$files/crash"
	seq 1 3000000 >"$files/big-0"
	seq 3000000 -1 1000000 >"$files/big-1"
	cp "$kernel"/modules/*.ko "$files/short/"
	for i in $(seq 1 400); do
		echo "a short file, number $i" >"$files/short/$i"
	done
	if [ "$mode" = kexec ]; then
		cp "$kernel/vmlinuz" "$files/crash/vmlinuz"
		cp "$making/crash-initrd" "$files/crash/initrd"
		make_disk "$making/out.img" 4G
	fi
	make_disk "$making/disk.img" 512M -d "$files"
	rm -rf "$files"
}

make_disk() { # FILE SIZE OPTION...
	disk=$1 size=$2
	shift 2
	PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -q -F -m 0 \
		-E lazy_itable_init=0,lazy_journal_init=0 "$@" "$disk" \
		"$size" >/dev/null || die "$disk: mkfs.ext4 failed"
}

# Starts QEMU with the set's arguments; its console is out/console.log.
start_guest() {
	console=$making/out/console.log
	: >"$console"
	# shellcheck disable=SC2086 # $machine is a list of words
	set -- "$qemu" $machine -accel tcg,thread=single -m 1024 -smp 2 \
		-object memory-backend-ram,id=m0,size=512M \
		-object memory-backend-ram,id=m1,size=512M \
		-numa node,nodeid=0,cpus=0,memdev=m0 \
		-numa node,nodeid=1,cpus=1,memdev=m1 \
		-nodefaults -no-user-config -no-reboot -display none \
		-device vmcoreinfo -device virtio-balloon-pci \
		-kernel "$kernel/vmlinuz" -initrd "$making/initrd" \
		-append "$command_line" \
		-chardev "file,id=console,path=$console" -serial chardev:console \
		-drive "file=$making/disk.img,format=raw,if=none,id=disk" \
		-device virtio-blk-pci,drive=disk \
		-qmp "unix:$short/qmp,server=on,wait=off"
	[ "$mode" != kexec ] || set -- "$@" \
		-drive "file=$making/out.img,format=raw,if=none,id=out" \
		-device virtio-blk-pci,drive=out
	qemu_line=$*
	"$@" 9>&- 2>"$making/qemu.log" &
	guest_pid=$!
}

monitor() {
	# In the background, for then a signal to this script is heard at once.
	"$making/bin/qmp" -t 900 "$short/qmp" "$@" &
	monitor_pid=$!
	wait "$monitor_pid" || {
		monitor_pid=
		printf '%s\n' '--- the end of the console:' >&2
		tail -n 15 "$console" >&2
		cat "$making/qemu.log" >&2
		die "$set_name: the guest did not do what it should"
	}
	monitor_pid=
}

# Boots, waits for the last reading, and stops the machine at once.
run_to_stop() {
	say "booting"
	start_guest
	monitor balloon $(((1024 - 16) << 20)) await "$console" "init: workload"
	say "filling memory"
	monitor await "$console" "@stop" stop
	say "stopped; fetching the readings"
	fetch_readings
}

# Puts together what the guest's @piece lines tell of: the binary arrays, and
# the text, which is then cut at its "@file PATH" lines into proc/.
fetch_readings() {
	out=$making/out
	tr -d '\r' <"$console" | sed -n 's/^@piece //p' >"$making/pieces"
	[ -s "$making/pieces" ] || die "$console: no @piece lines"
	set --
	while read -r name offset address size; do
		set -- "$@" pmemsave "$address" "$size" \
			"$making/piece-$name-$offset"
	done <"$making/pieces"
	monitor "$@"
	while read -r name offset address size; do
		cat "$making/piece-$name-$offset" >>"$out/$name"
		rm "$making/piece-$name-$offset"
	done <"$making/pieces"

	mkdir "$out/proc"
	tr -d '\000' <"$out/dmesg" >"$out/proc/dmesg"
	# Below /sys, the last folder's name is enough: sys_ksm/run.
	tr -d '\000' <"$out/text" | sed \
		-e 's:^@file /proc/:@file :' \
		-e 's:^@file /sys/.*/\([^/]*/[^/]*\)$:@file sys_\1:' \
		>"$making/text"
	rm "$out/text" "$out/dmesg"
	sed -n 's:^@file \(.*\)/[^/]*$:\1:p' "$making/text" | sort -u |
		(cd "$out/proc" && xargs mkdir -p)
	(cd "$out/proc" && awk '
		/^@file / { close(file); file = substr($0, 7); next }
		{ print >file }' "$making/text")
	readings=$("$making/bin/compare-readings" "$out") ||
		die "the guest was not quiet between its readings: $readings"
	say "$readings"
}

# NAME=VALUE lines that say what a set is and where it comes from.
write_facts() { # VMCOREINFO-FILE
	read -r name version release <"$kernel/package"
	{
		echo "set=$set_name"
		echo "arch=$arch"
		echo "release=$release"
		echo "package=$name"
		echo "package_version=$version"
		grep -E '^(BUILD-ID|KERNELOFFSET)=' "$1" || :
		echo "readings=$readings"
		echo "$more_facts"
		echo "command_line=$command_line"
		echo "qemu=$($qemu --version | head -n 1)"
		echo "qemu_line=$qemu_line"
		echo "date=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	} >"$making/out/facts.txt"
}
