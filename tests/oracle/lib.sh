# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the comparisons share. Meson skips a test that exits 77.

name=${0##*/}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

fail() {
	printf '%s: %s\n' "$name" "$*" >&2
	exit 1
}

skip() {
	printf '%s: skipped: %s\n' "$name" "$*"
	exit 77
}

need() { # PROGRAM...
	for program; do
		command -v "$program" >/dev/null || skip "no $program here"
	done
}

# Sets $dumps to the folder of set $1. A missing set is a failure, unless the caller said that
# there would be none.
need_set() {
	dumps=${MEMDESC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/memdesc}/dumps/$1
	[ ! -e "$dumps/vmlinux" ] || return 0
	[ "${MEMDESC_NO_VM:-0}" != 1 ] || skip "$dumps is missing, and MEMDESC_NO_VM=1"
	fail "$dumps is missing; sh samples/real-kernel/make $1"
}

# Analyses FILE... of the set with $memdesc, which the caller has set, into $work/STORE.
# shellcheck disable=SC2154
analyse() { # STORE FILE...
	store=$work/$1
	shift
	for file; do
		[ -r "$dumps/$file" ] || fail "$dumps/$file is missing; remake the set"
		set -- "$@" "$dumps/$file"
		shift
	done
	status=0
	"$memdesc" analyze "$@" --vmlinux "$dumps/vmlinux" -o "$store" \
		>"$work/said" 2>&1 || status=$?
	# 3: part of the source was unreadable. The comparison will show what that did.
	case $status in
	0 | 3) ;;
	*)
		cat "$work/said" >&2
		fail "memdesc analyze $* ended with $status"
		;;
	esac
}
