#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a fresh machine to a first measurement: installs what is missing, builds, gets a runtime and a small model, then opens
# the window, or, where there is no display, measures the preset `quick` (A and C, 6 turns each) and writes its report.
#
#   packaging/run.sh [--out DIR] [--headless] [--embedded] [--target KEY=VALUE,...]
#
#   --out DIR      where sessions are made; default: the folder sessions in the data folder
#   --headless     no window even where there is a display
#   --embedded     the embedded runtime, even where another one runs
#   --target T     this runtime (looptax plan --help), nothing is looked for
#
# Data folder: $LOOPTAX_DATA_DIR, else ${XDG_DATA_HOME:-~/.local/share}/looptax. Without a window the last line is
# `session: FOLDER`. Exit status: looptax's own (0 done, 1 some turns failed, 3 runtime unreachable, 4 storage), 1 where a
# step before it failed, 2 bad usage.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

out='' own_out='' headless='' embedded='' target=''
while [ $# -gt 0 ]; do
  case $1 in
    --out) [ $# -ge 2 ] || fail "--out needs a folder"; out=$2 own_out=1; shift ;;
    --headless) headless=1 ;;
    --embedded) embedded=1 ;;
    --target) [ $# -ge 2 ] || fail "--target needs a value"; target=$2; shift ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || headless=1
LOOPTAX_DATA_DIR=$(data_dir)
mkdir -p "$LOOPTAX_DATA_DIR" 2>/dev/null || fail "cannot make the data folder $LOOPTAX_DATA_DIR; try: LOOPTAX_DATA_DIR=DIR $0"
LOOPTAX_DATA_DIR=$(cd "$LOOPTAX_DATA_DIR" && pwd)
export LOOPTAX_DATA_DIR
out=${out:-$LOOPTAX_DATA_DIR/sessions}
if ! mkdir -p "$out" 2>/dev/null || [ ! -w "$out" ]; then fail "cannot write in $out; try another one: --out DIR"; fi
out=$(cd "$out" && pwd)

"$PACKAGING/prepare.sh" build

# The runtime is fetched while the compiler works, if it looks as if it will be needed: nothing listens on a known port and
# there is no llama-server. The probe below decides.
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
likely_embedded() {
  [ -z "$target" ] || return 1
  [ -z "$embedded" ] || return 0
  ! command -v llama-server >/dev/null || return 1
  local port
  for port in 11434 8080 9931 1234 8000 30000; do if listens "$port"; then return 1; fi; done
}
if likely_embedded; then background runtime "$PACKAGING/get-runtime.sh"; fi
build release
# Failing there is no end: it is tried again, and what is wrong is said, when the runtime is really needed.
[ -z "${JOB_runtime:-}" ] || wait "$JOB_runtime" || true
bin=$SOURCE/build/release/bin

# choose: sets target and says why. A runtime of the user's own comes first: its numbers are those the user will live with.
choose() {
  local found
  found=$("$bin/looptax" probe --json || true)
  # First line: the target; second: in words. Embedding models cannot chat.
  if [ -z "$embedded" ] && mapfile -t choice < <(python3 -I - "$found" <<'PY'
import json, sys
try:
    found = json.loads(sys.argv[1])
except ValueError:
    sys.exit("")
for r in found.get("runtimes", []):
    models = [m for m in r.get("models") or [] if "embed" not in m.lower() and "," not in m]
    if r.get("answers") and r.get("kind") and models:
        print(f"kind={r['kind']},url={r['url']},model={models[0]}")
        print(f"{r.get('product') or r['kind']} at {r['url']} with {models[0]}: it was already running here")
        break
    if r.get("answers"):
        print(f"not {r['url']}: {r.get('problem') or 'it names no model'}", file=sys.stderr)
PY
  ) && [ ${#choice[@]} = 2 ]; then
    target=${choice[0]}
    say "runtime: ${choice[1]} (--embedded takes the embedded one)"
  elif [ -z "$embedded" ] && command -v llama-server >/dev/null; then
    "$PACKAGING/get-runtime.sh" --model-only
    target=kind=llama-server,command=llama-server,model_file=$model
    say "runtime: $(command -v llama-server), because nothing runs on the known ports and it is on PATH; model: $model"
  else
    "$PACKAGING/get-runtime.sh"
    target=kind=llama-server,command=looptax-llama-server,model_file=$model
    local why='nothing runs on the known ports and no llama-server is on PATH'
    [ -z "$embedded" ] || why='--embedded was given'
    say "runtime: the embedded llama.cpp server, because $why; model: $model"
  fi
}
model=$(awk -F '\t' '$1 == "qwen" { print $4; exit }' "$PACKAGING/sources.tsv")
given=$target
[ -n "$target" ] || choose

# The window looks for runtimes itself; it is told only what was asked for.
if [ -z "$headless" ]; then
  window=()
  [ -z "$own_out" ] || window+=(--sessions "$out")
  [ -z "$embedded$given" ] || window+=(--target "$target")
  exec "$bin/looptax-workbench" "${window[@]}"
fi

# The live table needs the terminal itself, so the session is found by looking, not by reading what is printed.
before=$(mktemp)
status=0
"$bin/looptax" run --preset quick --target "$target" --out "$out" || status=$?
session=$(find "$out" -mindepth 2 -maxdepth 2 -name journal.jsonl -newer "$before" -printf '%h\n' | sort | tail -n 1)
rm -f "$before"
if [ -z "$session" ]; then
  printf '%s: nothing was measured (looptax says why above)\n' "$PROGRAM" >&2
  [ "$status" != 0 ] || status=1
  exit "$status"
fi
log=$(mktemp)
if ! QT_QPA_PLATFORM=offscreen "$bin/looptax-workbench" --export "$session" --to "$session/charts" >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  printf '%s: the charts could not be drawn (above); the measurement itself is whole\n' "$PROGRAM" >&2
  [ "$status" != 0 ] || status=1
fi
rm -f "$log"
# Written once more, now that there are charts to show.
for format in md html; do
  "$bin/looptax" report "$session" --format "$format" -o "$session/report.$format" || { [ "$status" != 0 ] || status=1; }
done
say "written: $(cd "$session" && find turns.csv report.md report.html summary.json charts -maxdepth 1 -type f 2>/dev/null | sort | tr '\n' ' ')"
printf 'session: %s\n' "$session"
exit "$status"
