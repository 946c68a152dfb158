#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The picture's and the viewer's benchmarks, on a machine of 2^28 pages that samples/mkcore makes:
#
#	picture.sh MEMDESC MKCORE RECIPE BENCH-PICTURE BENCH-LOAD [BENCH-VIEWER]
#
# Takes 5 GB of disk below $MEMDESC_BENCH_DIR, or the folder for temporary files, and a minute of processor
# time to make it.  $MEMDESC_BENCH_SAMPLE names a folder with vmcore, vmlinux and analysis.memdesc that were
# made before; it is made there if it has none, and kept.

set -eu

memdesc=$1
mkcore=$2
recipe=$3
bench_picture=$4
bench_load=$5
bench_viewer=${6:-}

tmp=$(mktemp -d "${MEMDESC_BENCH_DIR:-${TMPDIR:-/tmp}}/memdesc-bench.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
sample=${MEMDESC_BENCH_SAMPLE:-$tmp/sample}
if [ ! -r "$sample/analysis.memdesc" ]; then
	free=$(df -Pk "$tmp" | awk 'NR == 2 { print $4 }')
	if [ "$free" -lt 8000000 ]; then
		echo "skipped: less than 8 GB of disk are free at $tmp; MEMDESC_BENCH_DIR names another place"
		exit 77
	fi
	"$mkcore" "$recipe" -o "$sample" >/dev/null
	"$memdesc" analyze -q "$sample/vmcore" --vmlinux "$sample/vmlinux" -o "$sample/analysis.memdesc" \
		>/dev/null
fi
"$bench_picture" "$sample/analysis.memdesc"
"$bench_load" "$sample/vmcore" "$sample/vmlinux"
[ -n "$bench_viewer" ] || exit 0
if ! command -v xvfb-run >/dev/null; then
	echo "no xvfb-run: the viewer is not measured"
	exit 0
fi
mkdir "$tmp/home"
env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS HOME="$tmp/home" \
	GTK_A11Y=none GSETTINGS_BACKEND=memory GIO_USE_VFS=local GSK_RENDERER=cairo \
	GDK_BACKEND=x11 GDK_SCALE=1 \
	xvfb-run -a -s "-screen 0 2000x1200x24 -nolisten tcp" "$bench_viewer" "$sample/analysis.memdesc"
