#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs what is missing of Debian's packages: sh tests/lib/install-packages.sh build test
# Needs root, or sudo, only if something is missing.

set -eu

build='gcc libc6-dev pkg-config meson ninja-build libglib2.0-dev libglib2.0-dev-bin
	libelf-dev libdw-dev libbpf-dev libgtk-4-dev libkdumpfile-dev libsqlite3-dev libdeflate-dev
	liblzo2-dev
	libpng-dev libsnappy-dev libzstd-dev zlib1g-dev libsmartcols-dev'

# What tests compare with; the dumps' own needs are installed by samples/real-kernel.
test='bash bash-completion binutils crash elfutils gcc-aarch64-linux-gnu libjson-glib-dev
	makedumpfile man-db pahole procps python3 python3-drgn sqlite3
	util-linux xz-utils
	adwaita-icon-theme appstream desktop-file-utils fonts-dejavu-core libglib2.0-bin
	librsvg2-common shared-mime-info xauth xvfb'

die() {
	printf 'install-packages: %s\n' "$*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=600 install --no-install-recommends "$@" \
		>"$log" 2>&1
}

wanted=
for list; do
	case $list in
	build) wanted="$wanted $build" ;;
	test) wanted="$wanted $test" ;;
	*)
		echo "usage: sh tests/lib/install-packages.sh {build|test}..." >&2
		exit 2
		;;
	esac
done

if ! command -v dpkg-query >/dev/null; then
	echo "no dpkg here; these Debian packages, or their like, are needed:"
	# shellcheck disable=SC2086 # a list of words
	echo $wanted | fold -s -w 76 | sed 's/^/  /'
	exit 0
fi

missing=
for package in $wanted; do
	case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
	*' installed') ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || die "no apt-get; install these yourself:$missing"
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
	die "not root, and no sudo; as root: apt-get install$missing"
fi
echo "installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 1' INT TERM HUP
# The package lists may be old or not there at all: then once more with new ones.
# shellcheck disable=SC2086
install $missing || {
	as_root apt-get -q -o DPkg::Lock::Timeout=600 update >"$log" 2>&1 || {
		tail -n 5 "$log" >&2
		die "apt-get update failed"
	}
	install $missing || {
		tail -n 5 "$log" >&2
		die "apt-get install failed for:$missing"
	}
}
