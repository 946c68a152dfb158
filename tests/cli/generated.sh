#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is made from the verb table: each verb of "memdesc help" has a man page that names all its
# options, and bash completion knows verbs, options and their words.
#
#	generated.sh MEMDESC COMPLETION MAN-PAGE...

set -eu

memdesc=$1
completion=$2
shift 2
failed=0

fail() {
	echo "FAILED: $*"
	failed=1
}

page_of() {
	wanted=$1
	shift
	for page in "$@"; do
		if [ "${page##*/}" = "$wanted" ]; then
			echo "$page"
		fi
	done
}

verbs=$("$memdesc" help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -v '^help$')
[ "$(echo "$verbs" | wc -l)" -ge 10 ] || fail "help lists only: $verbs"
for verb in $verbs; do
	page=$(page_of "memdesc-$verb.1" "$@")
	[ -n "$page" ] || { fail "$verb has no man page"; continue; }
	options=$("$memdesc" help "$verb" | sed -n 's/^  \(-., \)\{0,1\}--\([a-z-]*\).*/\2/p')
	[ -n "$options" ] || fail "$verb has no options"
	for option in $options; do
		roff=$(printf '%s' "$option" | sed 's/-/\\-/g')
		grep -qF -e "\\-\\-$roff" "$page" || fail "$page does not know --$option"
	done
done

# The page of check explains every rule.
page=$(page_of memdesc-check.1 "$@")
rules=$("$memdesc" check --list --columns rule --no-header)
[ "$(echo "$rules" | wc -l)" -ge 80 ] || fail "check --list has only: $rules"
for rule in $rules; do
	roff=$(printf '%s' "$rule" | sed 's/-/\\-/g')
	grep -qxF ".B $roff" "$page" || fail "$page does not know rule $rule"
done

# Warnings of the formatter are faults of the pages.
if command -v groff >/dev/null; then
	for page in "$@"; do
		warnings=$(groff -man -ww -z -Tutf8 "$page" 2>&1)
		[ -z "$warnings" ] || fail "$page: $warnings"
	done
else
	echo "no groff: man pages are not formatted"
fi

# complete EXPECTED WORD...: the last word is the one under way
complete() {
	expected=$1
	shift
	actual=$(bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _memdesc
		echo "${COMPREPLY[*]}"' "$completion" memdesc "$@" 2>&1)
	[ "$actual" = "$expected" ] || fail "completion of '$*': '$actual', not '$expected'"
}

complete "summary" su
complete "zone node migratetype generation lru dirty mlocked mapped" summary --by ""
complete "slab" runs f --class sl
complete "pfn,class" runs f --columns pfn,cl
complete "--migratetype" buddy f --mig
complete "log" help lo
complete "free_area free_block" buddy --table fr

[ $failed -eq 0 ] && echo "all there"
