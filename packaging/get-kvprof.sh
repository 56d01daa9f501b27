#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts kvprof (MIT), a prompt-cache profiler for llama-server, into the data folder: a test holds our accounts of what was
# re-read against its diff. Needs the environment of get-runtime.sh.
#
#   packaging/get-kvprof.sh [--data-dir DIR] [--quiet]
set -euo pipefail
. "$(dirname "$0")/lib.sh"

data_options "$@"
lock "$data"
data=$(cd "$data" && pwd)
python=$data/runtime/venv/bin/python
[ -x "$python" ] || fail "there is no $python yet; try: packaging/get-runtime.sh"
wheel=$("$python" -I "$PACKAGING/fetch.py" kvprof "$data/downloads" ${QUIET:+--quiet})
[ "$data/kvprof/looptax.wheel" -nt "$wheel" ] && exit 0
rm -rf "$data/kvprof.part" "$data/kvprof"
"$python" -I -m zipfile -e "$wheel" "$data/kvprof.part"
mv "$data/kvprof.part" "$data/kvprof"
touch "$data/kvprof/looptax.wheel"
say "kvprof lies in $data/kvprof"
