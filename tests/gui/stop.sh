#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A viewer that is told to stop while it analyses a dump leaves no private file behind:
#
#	MEMDESC_VIEWER=VIEWER stop.sh FOLDER	below run.sh

set -eu

files=$1
log=$TMPDIR/../log

private_files() {
	find "$TMPDIR" -path '*/memdesc-viewer-*'
}

"$MEMDESC_VIEWER" --vmlinux "$files/sample/vmlinux" "$files/sample/vmcore" >"$log" 2>&1 &
pid=$!
tries=0
until [ -n "$(private_files)" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 1200 ] || ! kill -0 $pid 2>/dev/null; then
		echo "the viewer analyses nothing:"
		cat "$log"
		exit 1
	fi
	sleep 0.05
done
kill -TERM $pid
status=0
wait $pid || status=$?
[ $status -eq 143 ] || {
	echo "exit status is $status, not that of SIGTERM:"
	cat "$log"
	exit 1
}
left=$(private_files)
[ -z "$left" ] || {
	echo "left behind: $left"
	exit 1
}
