#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What desktops read of the viewer is well-formed: data.sh GUI-DATA-FOLDER

set -eu

data=$1
status=0
for tool in desktop-file-validate appstreamcli groff update-mime-database gio; do
	command -v $tool >/dev/null || {
		echo "no $tool: not checked here"
		exit 77
	}
done
desktop-file-validate "$data/org.memdesc.Viewer.desktop" || status=1
appstreamcli validate --no-net "$data/org.memdesc.Viewer.metainfo.xml" || status=1
warnings=$(groff -man -ww -z -Tutf8 "$data/memdesc-viewer.1" 2>&1)
[ -z "$warnings" ] || {
	echo "$warnings"
	status=1
}
# a file that begins like an analysis is known as one, whatever it is called
tmp=$(mktemp -d "${TMPDIR:-/tmp}/memdesc-gui.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/mime/packages"
cp "$data/org.memdesc.Viewer.mime.xml" "$tmp/mime/packages/"
XDG_DATA_HOME=$tmp update-mime-database "$tmp/mime" || status=1
{
	printf 'SQLite format 3\0'
	head -c 52 /dev/zero
	printf 'memd'
	head -c 4096 /dev/zero
} >"$tmp/noname"
XDG_DATA_HOME=$tmp gio info -a standard::content-type "$tmp/noname" |
	grep -q 'application/x-memdesc$' || {
	echo "an analysis is not known as one:"
	XDG_DATA_HOME=$tmp gio info -a standard::content-type "$tmp/noname"
	status=1
}
exit $status
