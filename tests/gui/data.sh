#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What desktops read of the viewer is well-formed: data.sh GUI-DATA-FOLDER

set -eu

data=$1
status=0
for tool in desktop-file-validate appstreamcli groff; do
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
exit $status
