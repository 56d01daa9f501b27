#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every test, on a machine that may have nothing yet: installs what is missing, builds with warnings as errors, gets the
# embedded runtime, its models and three more real servers, then runs ctest, whose closing line is the last one.
#
#   packaging/test.sh [ARGUMENTS FOR CTEST]        for example: packaging/test.sh -R wire
#
# The tests on real runtimes fail where they cannot run; they do not skip. What is fetched lies in the data folder
# ($LOOPTAX_DATA_DIR, else ${XDG_DATA_HOME:-~/.local/share}/looptax) and is used again.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
case ${1:-} in -h|--help) usage; exit 0 ;; esac

LOOPTAX_DATA_DIR=$(data_dir)
mkdir -p "$LOOPTAX_DATA_DIR" 2>/dev/null || fail "cannot make the data folder $LOOPTAX_DATA_DIR; try: LOOPTAX_DATA_DIR=DIR $0"
LOOPTAX_DATA_DIR=$(cd "$LOOPTAX_DATA_DIR" && pwd)
export LOOPTAX_DATA_DIR LOOPTAX_REQUIRE_REAL=1

"$PACKAGING/prepare.sh" build tests

# Fetching waits for the network, compiling for the processor: at the same time.
runtimes() {
  "$PACKAGING/get-runtime.sh" --with-test-model && "$PACKAGING/get-kvprof.sh" && "$PACKAGING/get-servers.sh" && "$PACKAGING/get-ollama.sh"
}
background runtimes runtimes
build ci
finish runtimes || fail "the real runtimes are not ready (above), and the tests need them"

say "testing"
cd "$SOURCE"
# ctest hides what a test that passed has printed: what the real runtimes measured is shown after their line.
rm -f "$SOURCE"/build/ci/measured-*.txt
ctest --preset ci --output-on-failure "$@" | awk -v folder="$SOURCE/build/ci" '
  { print; fflush() }
  match($0, /real\.[a-z]+ /) && /Passed/ {
    file = folder "/measured-" substr($0, RSTART + 5, RLENGTH - 6) ".txt"
    while ((getline line < file) > 0) print line
    fflush()
  }'
