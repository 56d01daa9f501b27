#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# No function may be defined in two of these libraries. The linker takes either without a word, even where they return
# different types, and who calls the wrong one crashes.
#
#   one_definition.sh NM LIBRARY...
set -eu
nm=$1
shift
twice=$(for library in "$@"; do
	"$nm" -C --defined-only "$library" | sed -n 's/^[0-9a-f]* T \(looptax::.*\)$/\1/p' | sort -u
done | sort | uniq -d)
count=$(for library in "$@"; do "$nm" --defined-only "$library" | grep -c ' T ' || true; done | awk '{ n += $1 } END { print n }')
if [ -n "$twice" ]; then
	echo "defined in two libraries:"
	echo "$twice"
	exit 1
fi
echo "$# libraries, $count functions, none defined twice"
[ "$count" -gt 100 ]
