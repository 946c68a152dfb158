#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs a test of the viewer on an X server of its own, where nothing of the user's desktop is seen.
#
#	run.sh TEST MAKE-FIXTURE MKCORE RECIPE

set -eu

test=$1
make_fixture=$2
mkcore=$3
recipe=$4
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v xvfb-run >/dev/null; then
	echo "no xvfb-run: the viewer cannot be tested here"
	exit 77
fi
tmp=$(mktemp -d "${TMPDIR:-/tmp}/memdesc-gui.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/files" "$tmp/files/sample" "$tmp/tmp" "$tmp/home"
for kind in good bad large empty; do
	"$make_fixture" "$tmp/files/$kind.memdesc" $kind
done
"$mkcore" "$recipe" -o "$tmp/files/sample" >/dev/null

# Pixels and words must not hang on whose machine it is; leaks of GTK's own libraries are listed.
env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS \
	HOME="$tmp/home" XDG_CONFIG_HOME="$tmp/home" XDG_CACHE_HOME="$tmp/home" \
	TMPDIR="$tmp/tmp" LC_ALL=C.UTF-8 GTK_A11Y=test GSETTINGS_BACKEND=memory \
	GIO_USE_VFS=local GSK_RENDERER=cairo GDK_BACKEND=x11 GDK_SCALE=1 GTK_THEME=Adwaita \
	LSAN_OPTIONS="suppressions=$here/lsan.supp:print_suppressions=0" \
	xvfb-run -a -s "-screen 0 1400x1000x24 -nolisten tcp" "$test" "$tmp/files"
