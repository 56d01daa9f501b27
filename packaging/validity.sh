#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes resources/docs/validity.md anew: the verdicts' own rules over thousands of simulated sweeps whose truth was planted.
# The same seeds give the same page. Exit status 1 when a rule does not keep what it claims; the page then says which.
#
#   packaging/validity.sh [--sweeps N]     N sweeps a row instead of 2000
set -euo pipefail
. "$(dirname "$0")/lib.sh"
case ${1:-} in
  ''|--sweeps) ;;
  -h|--help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac
"$PACKAGING/prepare.sh" build
build ci
page=$SOURCE/resources/docs/validity.md
made=$(mktemp "$page.XXXXXX")
trap 'rm -f "$made"' EXIT
status=0
"$SOURCE/build/ci/bin/looptax-validity" "$@" >"$made" || status=$?
[ "$status" -le 1 ] || fail "nothing was written: looptax-validity ended with status $status"
chmod 644 "$made"
mv "$made" "$page"
say "written: $page"
exit "$status"
