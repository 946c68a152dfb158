#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One fuzz target for MEMDESC_FUZZ_SECONDS (10 unless set), from freshly made seeds.
# usage: run.sh FUZZER TARGET MAKE-SEEDS MAKE-STORE-SEEDS MAKE-DWARF-SEEDS MAKE-TYPES-SEEDS

set -eu

fuzzer=$1
target=$2
seconds=${MEMDESC_FUZZ_SECONDS:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

case $target in
btf | kallsyms) "$6" "$work" ;;
dwarf) sh "$5" "$work" ;;
store) "$4" "$work" ;;
*) "$3" "$work" ;;
esac
[ -n "$(ls -A "$work/$target")" ] || {
	echo "fuzz: no seeds for $target" >&2
	exit 1
}
crash=$PWD/crash-$target
if ! "$fuzzer" --seconds "$seconds" --seed "${MEMDESC_FUZZ_SEED:-1}" --keep "$crash" \
	"$work/$target"; then
	echo "fuzz: $target failed; its last input is kept in $crash" >&2
	exit 1
fi
rm -f "$crash"
