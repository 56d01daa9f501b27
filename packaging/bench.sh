#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What this program costs and how far its clock is off on this machine: builds Release, runs every benchmark one after the
# other and prints tables of target, figure, reference of the same run and ratio. A missed target says so. About twenty
# minutes; close what else is running.
#
#   packaging/bench.sh [--quick] [--no-model] [--json FILE]
#
#   --quick      a calibration of 36 turns: whether it runs, not what it says
#   --json FILE  the figures as well, one line of JSON each; both calibrations as one line in the form of calibration.json
#   --no-model   without the cost of the open window to a real model's decode rate (8 pairs on the embedded runtime)
set -euo pipefail
. "$(dirname "$0")/lib.sh"
turns=270 model=1 json=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) turns=36 ;;
    --no-model) model='' ;;
    --json) [ $# -gt 1 ] || fail "--json needs a FILE"; json=$(cd "$(dirname "$2")" 2>/dev/null && pwd) || fail "no such folder: $(dirname "$2")"; json=$json/$(basename "$2"); shift ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

LOOPTAX_DATA_DIR=$(data_dir)
mkdir -p "$LOOPTAX_DATA_DIR" 2>/dev/null || fail "cannot make the data folder $LOOPTAX_DATA_DIR; try: LOOPTAX_DATA_DIR=DIR $0"
LOOPTAX_DATA_DIR=$(cd "$LOOPTAX_DATA_DIR" && pwd)
export LOOPTAX_DATA_DIR
"$PACKAGING/prepare.sh" build
build ci
if [ -n "$model" ]; then "$PACKAGING/get-runtime.sh" || fail "the embedded runtime is not ready (above); try: $0 --no-model"; fi
bin=$SOURCE/build/ci/bin
export QT_QPA_PLATFORM=offscreen
work=$(mktemp -d "$LOOPTAX_DATA_DIR/bench-XXXXXX") # on the disk that sessions are on
trap 'rm -rf "$work"' EXIT
cd "$work"
if [ -n "$json" ]; then : >"$json"; export LOOPTAX_BENCH_JSON=$json; fi

echo "The clock, without a window"
"$bin/looptax" calibrate --turns "$turns"
echo
echo "The clock, with live charts being painted"
"$bin/looptax-workbench" --calibrate
if [ -n "$json" ]; then tr -d '\n' <"$LOOPTAX_DATA_DIR/calibration.json" >>"$json"; echo >>"$json"; fi
echo
echo "The parts"
"$bin/bench_core"
echo
echo "The thread of the window: the longest event it was deaf for"
"$bin/bench_window"
"$bin/bench_charts"
if [ -n "$model" ]; then
  echo
  echo "The open window's cost to a real model"
  "$PACKAGING/../tests/bench/bench_decode_cost.py" "$bin" "$work"
fi
