# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What every part uses: messages, the temporary folder, and a clean end.
#
# Everything half-made lies in $making (same file system as the result, so
# that a rename finishes it) or in $short (a short path, for the monitor's
# socket). Both go, and the guest is ended, however the script ends.

making=
short=
guest_pid=
monitor_pid=
started=$(date +%s)

say() {
	printf '%s [%3d s] %s\n' "${set_name:-real-kernel}" \
		$(($(date +%s) - started)) "$*"
}

die() {
	printf 'real-kernel: %s\n' "$*" >&2
	exit 1
}

end_guest() {
	[ -n "$guest_pid" ] || return 0
	kill "$guest_pid" 2>/dev/null || :
	wait "$guest_pid" 2>/dev/null || :
	guest_pid=
}

clean_up() {
	[ -z "$monitor_pid" ] || kill "$monitor_pid" 2>/dev/null || :
	end_guest
	[ -z "$making" ] || rm -rf "$making"
	[ -z "$short" ] || rm -rf "$short"
	making=
	short=
}

trap clean_up EXIT
trap 'echo "real-kernel: interrupted" >&2; exit 130' INT
trap 'exit 129' HUP
trap 'exit 143' TERM

# One at a time in a cache: the lock goes with the process.
lock_cache() {
	mkdir -p "$cache/kernels" "$cache/dumps" ||
		die "$cache: cannot be written; choose another with --cache"
	exec 9>"$cache/dumps/.lock"
	if ! flock -n 9; then
		say "another run works in $cache; waiting for it"
		flock 9
	fi
	# What a killed run left behind.
	rm -rf "$cache"/dumps/.making-* "$cache"/kernels/.making-*
}

# The folders a set is made in, if there is room for it.
make_folders() {
	free_mib=$(df -Pm "$cache" | awk 'NR == 2 { print $4 }')
	[ "$free_mib" -ge 4096 ] ||
		die "$cache: $free_mib MiB free, and a set takes up to 4096" \
			"while it is made; choose another with --cache"
	making=$cache/dumps/.making-$1
	rm -rf "$making"
	mkdir -p "$making" || die "$making: cannot be made"
	short=$(mktemp -d "${TMPDIR:-/tmp}/memdesc-guest-XXXXXX") ||
		die "no temporary folder in ${TMPDIR:-/tmp}"
}

# A hash of every file that has a part in what comes out.
sources_hash() {
	(cd "$here" && cat make lib/*.sh guest/* host/*) | sha256sum |
		cut -c1-16
}
