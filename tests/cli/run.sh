#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Golden tests: runs the command lines of expected/*.txt and compares everything they print.
#
#	run.sh [--update] MEMDESC MAKE-FIXTURE VALIDATE SCHEMAS [CASE]...
#
# A case is a text file. A line "$ COMMAND" is run by sh in a folder with the fixtures
# good.memdesc, bad.memdesc, large.memdesc, empty.memdesc, desc.memdesc and two.memdesc; the lines below it are
# what it prints, standard error after standard output, and "[exit N]" unless N is 0. Lines that
# begin with "#" are kept. "pixels FILE.png" prints a small picture as text. --update writes what is printed into the files.
#
# Shown instead of themselves: the version (VERSION), CR at a line's end (<CR>), and the time an
# analysis took.

set -eu

update=
if [ "$1" = --update ]; then
	update=yes
	shift
fi
if [ $# -lt 4 ]; then
	echo "usage: run.sh [--update] MEMDESC MAKE-FIXTURE VALIDATE SCHEMAS [CASE]..." >&2
	exit 2
fi

absolute() {
	case $1 in
	/*) printf '%s\n' "$1" ;;
	*) printf '%s/%s\n' "$PWD" "$1" ;;
	esac
}

here=$(cd "$(dirname "$0")" && pwd)
memdesc=$(absolute "$1")
make_fixture=$(absolute "$2")
validate=$(absolute "$3")
schemas=$(absolute "$4")
shift 4

tmp=$(mktemp -d "${TMPDIR:-/tmp}/memdesc-golden.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin" "$tmp/fixtures"
ln -s "$memdesc" "$tmp/bin/memdesc"
ln -s "${validate%/*}/pixels" "$tmp/bin/pixels"
printf '#!/bin/sh\nexec "%s" "%s/$1.schema.json"\n' "$validate" "$schemas" >"$tmp/bin/validate"
chmod +x "$tmp/bin/validate"
for kind in good bad large empty desc; do
	"$make_fixture" "$tmp/fixtures/$kind.memdesc" $kind
done
"$make_fixture" "$tmp/fixtures/two.memdesc" good
"$make_fixture" "$tmp/fixtures/two.memdesc" bad append

PATH=$tmp/bin:$PATH
export PATH
# what a user's environment might change
unset NO_COLOR DEBUGINFOD_URLS DEBUGINFOD_CACHE_PATH || true
LC_ALL=C.UTF-8
export LC_ALL
version=$(memdesc --version | sed -n 's/^memdesc \([^ ]*\).*/\1/p')

normalise() {
	sed -e "s/\"memdesc\": \"$version\"/\"memdesc\": \"VERSION\"/" \
	    -e "s/^memdesc $version (library .*)/memdesc VERSION (library VERSION)/" \
	    -e "s|$tmp|TMP|g" -e "$(printf 's/\r$/<CR>/')"
}

# Runs the commands of case $1 in a folder of its own and prints the case as it should read.
replay() {
	mkdir "$tmp/run"
	ln "$tmp"/fixtures/* "$tmp/run/"
	sed -n '/^[$#]/p' "$1" | while IFS= read -r line; do
		printf '%s\n' "$line"
		case $line in
		'$ '*) ;;
		*) continue ;;
		esac
		status=0
		(cd "$tmp/run" && sh -c "${line#??}" </dev/null >"$tmp/stdout" 2>"$tmp/stderr") ||
			status=$?
		normalise <"$tmp/stdout"
		normalise <"$tmp/stderr"
		if [ $status -ne 0 ]; then
			echo "[exit $status]"
		fi
	done
	rm -rf "$tmp/run"
}

failed=0
total=0
if [ $# -eq 0 ]; then
	set -- "$here"/expected/*.txt
fi
for case in "$@"; do
	if [ ! -f "$case" ]; then
		echo "$case: no such case; they are files, as $here/expected/check.txt" >&2
		exit 2
	fi
	total=$((total + 1))
	replay "$case" >"$tmp/actual"
	if [ -n "$update" ]; then
		cat "$tmp/actual" >"$case"
	elif ! diff -u "$case" "$tmp/actual"; then
		echo "FAILED: $case" >&2
		failed=$((failed + 1))
	fi
done
echo "$((total - failed)) of $total cases as expected"
[ $failed -eq 0 ]
