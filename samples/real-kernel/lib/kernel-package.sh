# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A Debian kernel and its debug information in $cache/kernels/FLAVOUR:
#
#   vmlinux     with DWARF, from the -dbg package
#   vmlinuz     what boots
#   modules/    the few that are needed, and "order", in which to load them
#   busybox     for another architecture than the host's only
#   package     NAME VERSION RELEASE
#
# Nothing is installed: packages are downloaded, unpacked and deleted.

wanted_modules='virtio_pci virtio_blk virtio_balloon qemu_fw_cfg lzo-rle zram'

# The kernel package that meta package $2 depends on, for architecture $1, as
# "NAME VERSION", if its -dbg of the same version is on offer too.
newest_kernel() {
	offered=$(apt_for "$1" apt-cache depends "$2" 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
	[ -n "$offered" ] || return 1
	offered_version=$(package_version "$1" "$offered")
	[ -n "$offered_version" ] &&
		[ "$(package_version "$1" "$offered-dbg")" = "$offered_version" ] &&
		echo "$offered $offered_version"
}

package_version() { # ARCHITECTURE PACKAGE
	apt_for "$1" apt-cache show --no-all-versions "$2" 2>/dev/null |
		sed -n 's/^Version: //p' | head -n 1
}

# Has $cache/kernels/$flavour hold the newest kernel on offer, or the one that
# is there already when none can be had.
need_kernel() {
	kernel=$cache/kernels/$flavour
	have=$(cut -d ' ' -f 1-2 "$kernel/package" 2>/dev/null) || :
	for try in lists fresh; do
		[ $try = lists ] || apt_update "$arch"
		newest=$(newest_kernel "$arch" "$kernel_meta") || continue
		case $newest in
		"linux-image-$kernel_series"*) ;;
		*) die "$kernel_meta is ${newest% *} here, not $kernel_series" ;;
		esac
		if [ "$newest" = "$have" ]; then
			return 0
		fi
		if download_kernel "$newest"; then
			unpack_kernel "$newest"
			return 0
		fi
	done
	[ -n "$have" ] ||
		die "$kernel_meta and its -dbg cannot be downloaded," \
			"and $kernel has none; see the apt sources"
	say "no newer kernel can be downloaded; using $have from the cache"
}

# False when it cannot be had, with the reason told.
download_kernel() { # "NAME VERSION"
	unpacking=$cache/kernels/.making-$flavour
	rm -rf "$unpacking"
	mkdir -p "$unpacking/deb" "$unpacking/all" "$unpacking/done/modules"
	say "downloading ${1% *} and its -dbg (${1#* })"
	set -- "${1% *}" "${1#* }"
	(
		cd "$unpacking/deb" &&
			apt_download "$arch" "$1=$2" "$1-dbg=$2" || exit 1
		parts=$(parts_of "$1"_*.deb | sed "s/\$/=$2/")
		# shellcheck disable=SC2086 # a list of words
		[ -z "$parts" ] || apt_download "$arch" $parts || exit 1
		[ "$arch" = "$(dpkg --print-architecture)" ] ||
			apt_download "$arch" busybox-static
	) || {
		sed 's/^/  /' "$unpacking/deb/download.log" | tail -n 5
		rm -rf "$unpacking"
		return 1
	}
}

# Since 7.2 the package is an empty one that depends on others, which have the
# kernel, its modules and their lists.
parts_of() { # FILE.deb
	dpkg-deb -f "$1" Depends | tr ',' '\n' |
		sed -n 's/^ *\(linux-\(binary\|modules\|base\)-[0-9][^ ]*\) .*/\1/p'
}

unpack_kernel() { # "NAME VERSION"
	set -- "${1% *}" "${1#* }"
	say "unpacking"
	dpkg-deb --fsys-tarfile "$unpacking/deb/$1-dbg"_*.deb |
		tar -x -C "$unpacking/all" --wildcards './usr/lib/debug/*vmlinux*' ||
		die "$unpacking/deb: the -dbg package cannot be unpacked"
	for deb in "$unpacking"/deb/linux-*.deb; do
		case $deb in
		*-dbg_*) ;;
		*) dpkg-deb -x "$deb" "$unpacking/all" || die "$deb: cannot be unpacked" ;;
		esac
	done
	for deb in "$unpacking"/deb/busybox-static_*.deb; do
		[ -e "$deb" ] || continue
		dpkg-deb -x "$deb" "$unpacking/all"
		find "$unpacking/all" -type f -name busybox \
			-exec mv '{}' "$unpacking/done" ';'
	done
	take_one vmlinux "$unpacking/all/usr/lib/debug" 'vmlinux*'
	take_one vmlinuz "$unpacking/all" 'vmlinuz*'
	modules=$(find "$unpacking/all" -name modules.builtin -exec dirname '{}' ';')
	release=$(basename "$modules")
	: >"$unpacking/done/modules/order"
	for module in $wanted_modules; do
		take_module "$modules" "$unpacking/done/modules" "$module"
	done
	echo "$1 $2 $release" >"$unpacking/done/package"
	rm -rf "$kernel"
	mv "$unpacking/done" "$kernel"
	rm -rf "$unpacking"
}

# The file below folder $2 that is named like $3, and not one of its links or scripts.
take_one() {
	found=$(find "$2" -type f -name "$3" -size +1M | head -n 1)
	[ -n "$found" ] || die "$unpacking/deb: no $1 in the packages"
	mv "$found" "$unpacking/done/$1"
}

# Copies module $3 from tree $1 into $2, after those it depends on.
take_module() {
	# A file may be named with - where the module's name has _.
	take_name=$(echo "$3" | sed 's/[-_]/[-_]/g')
	if grep -q "^$take_name\.ko$" "$2/order" ||
		grep -q "/$take_name\.ko$" "$1/modules.builtin"; then
		return 0
	fi
	take_file=$(find "$1" -name "$take_name.ko*" | head -n 1)
	take_to=$2/$3.ko
	case $take_file in
	*.ko) cp "$take_file" "$take_to" ;;
	*.ko.xz) xz -dc "$take_file" >"$take_to" ;;
	*.ko.zst) zstd -qdc "$take_file" >"$take_to" ;;
	*) die "module $3 is neither in the kernel nor beside it" ;;
	esac || die "$take_file: cannot be unpacked"
	for take_dependency in $(tr '\0' '\n' <"$take_to" |
		sed -n 's/^depends=//p' | tr ',' ' '); do
		take_module "$1" "$2" "$take_dependency"
	done
	echo "$3.ko" >>"$2/order"
}
