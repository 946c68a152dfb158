#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The viewer's benchmark on an invented machine of 2^28 pages: bench.sh BENCH-PICTURE BENCH-VIEWER [TILES]

set -eu

tmp=$(mktemp -d "${TMPDIR:-/tmp}/memdesc-bench.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
"$1" "${3:-4096}" "$tmp/terabyte.memdesc"
env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS HOME="$tmp" \
	GTK_A11Y=none GSETTINGS_BACKEND=memory GIO_USE_VFS=local GSK_RENDERER=cairo \
	GDK_BACKEND=x11 GDK_SCALE=1 \
	xvfb-run -a -s "-screen 0 2000x1200x24 -nolisten tcp" "$2" "$tmp/terabyte.memdesc"
