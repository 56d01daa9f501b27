#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Are turns marked that something else disturbed, and only those? Sweeps of the embedded runtime with the test model, on a
# machine that is otherwise quiet: it says which shares were marked, and ends with 1 where one is not what it must be.
#
#   tests/real/disturbed.sh FOLDER_OF_THE_PROGRAMS [TURNS] [quiet|beside|user]...
#
#   quiet    nothing beside it: at most 2 % marked
#   beside   a compiler in a loop beside it, on and off: at least 90 % of the turns that overlap it for a second or half their
#            time marked
#   user     the same with the runtime at an address, it and the program under two users of which neither is root; needs root
#
# TURNS: of each sweep, 60 where it is left out. Needs what packaging/get-runtime.sh --with-test-model fetches, g++ and python3.
set -euo pipefail
bin=$(cd "$1" && pwd) turns=${2:-60}
shift; [ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- quiet beside user
. "$(dirname "$0")/../../packaging/lib.sh"
data=$(data_dir) model=smollm2-135m-instruct-q4_1.gguf
for need in runtime/looptax-llama-server "models/$model"; do
  [ -e "$data/$need" ] || fail "$data/$need is not here; packaging/get-runtime.sh --with-test-model fetches it"
done

folder=$(mktemp -d)
chmod 755 "$folder"
cp "$bin/looptax" "$folder/" # where another user may start it
pids=()
# shellcheck disable=SC2317  # called by the trap
leave() {
  local p
  for p in ${pids[@]+"${pids[@]}"}; do kill -TERM "$p" 2>/dev/null || true; done
  for p in ${pids[@]+"${pids[@]}"}; do wait "$p" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap leave EXIT

# Something that takes the compiler a while, and no file of the sources.
for _ in $(seq 12); do echo "#include <regex>"; echo "#include <map>"; done >"$folder/long.cpp"
cat >>"$folder/long.cpp" <<'C'
#include <string>
template <int N> struct Many { static std::map<std::string, int> all; static bool look(const std::string& s) {
  return std::regex_match(s, std::regex("a*b" + std::to_string(N))) && all.count(s) && Many<N - 1>::look(s); } };
template <int N> std::map<std::string, int> Many<N>::all;
template <> struct Many<0> { static bool look(const std::string&) { return true; } };
bool all(const std::string& s) { return Many<200>::look(s); }
C

# FOLDER FILE: rests for 3 s and compiles for 9, and writes when (CLOCK_MONOTONIC, as the journal's stamps), until it is ended.
cat >"$folder/on_and_off.py" <<'P'
import os, signal, subprocess, sys, time
folder, said = sys.argv[1:3]
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
cores = os.cpu_count() or 1
while True:
    time.sleep(3)
    began = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    until = time.monotonic() + 9
    jobs = []
    try:
        while time.monotonic() < until:
            jobs = [j for j in jobs if j.poll() is None]
            while len(jobs) < cores:
                jobs.append(subprocess.Popen(["g++", "-O2", "-c", folder + "/long.cpp", "-o", "/dev/null"], start_new_session=True))
            time.sleep(0.02)
    finally: # when it is ended too
        for j in jobs:
            if j.poll() is None:
                os.killpg(j.pid, signal.SIGKILL)
                j.wait()
        with open(said, "a") as f:
            print(began, time.clock_gettime_ns(time.CLOCK_MONOTONIC), file=f)
P

# shares SESSION INTERVALS: what was marked.
cat >"$folder/shares.py" <<'P'
import csv, os, sys
session, said, kind = sys.argv[1:4]
busy = [tuple(map(int, line.split())) for line in open(said)] if os.path.exists(said) else []
over, clear, absent, cpu, why = [], [], 0, [], []
for row in csv.DictReader(open(session + "/turns.csv", newline="")):
    if not row["t_sent_ns"] or not row["end_ns"]:
        continue
    absent += row["disturbed"] == ""
    cpu.append(row["host_other_cpu_ms"])
    begin = int(row["t_sent_ns"]); end = begin + int(row["end_ns"])
    beside = sum(max(0, min(end, b) - max(begin, a)) for a, b in busy)
    marked = row["disturbed"] == "true"
    # A turn that the compiler only touched is neither.
    if beside >= min(1e9, (end - begin) / 2): over.append(marked)
    elif beside == 0:
        clear.append(marked)
        if marked: why.append(f"    of {(end - begin) / 1e6:.0f} ms: {row['disturbed_by']}")
def share(name, marks):
    print(f"  {name}: {sum(marks)} of {len(marks)} marked" + (f" ({100 * sum(marks) / len(marks):.0f} %)" if marks else ""))
print(f"{kind}: {len(cpu)} turns, disturbed absent in {absent}, host_other_cpu_ms absent in {cpu.count('')}")
share("overlapping turns", over)
share("turns beside nothing", clear)
print(*why[:10], sep="\n", end="\n" if why else "")
if kind == "quiet":
    sys.exit(not clear or sum(clear) > 0.02 * len(clear))
sys.exit(not over or sum(over) < 0.9 * len(over))
P

plan() { # TARGET
  cat <<J
{"schema": "looptax.plan/1", "name": "disturbed", "targets": [$1], "cells": [{"design": "A", "turns": [6]}],
 "repeats": $(((turns + 5) / 6)), "order": "listed", "context_tokens": 4096, "warmup_requests": 2, "reply": {"max_tokens": 48}}
J
}
managed='{"id": "t", "kind": "llama-server", "managed": {"command": "looptax-llama-server", "model_file": "'$model'",
  "args": ["-np", "1", "--cache-ram", "0"]}}'

# The compiler begins when the warm-up is over: before that whose processes are the runtime's would be an open question.
sweep() { # KIND TARGET [WORD]...: the words go before the program
  local kind=$1 session log=$folder/$1.log compiler='' before=${#pids[@]}
  plan "$2" >"$folder/$kind.json"
  mkdir "$folder/$kind"
  [ "$kind" != user ] || chown "$us" "$folder/$kind"
  : >"$log"
  "${@:3}" "$folder/looptax" run "$folder/$kind.json" --out "$folder/$kind" --trust-plan --json-progress >"$log" 2>"$log.err" &
  local run=$!
  pids+=("$run")
  if [ "$kind" != quiet ]; then
    until grep -q '"type":"turn_done"' "$log" || ! kill -0 "$run" 2>/dev/null; do sleep 0.05; done
    python3 "$folder/on_and_off.py" "$folder" "$folder/$kind.busy" &
    compiler=$!
    pids+=("$compiler")
  fi
  local code=0
  wait "$run" || code=$?
  [ -z "$compiler" ] || { kill -TERM "$compiler"; wait "$compiler" 2>/dev/null || true; }
  [ "$code" -le 1 ] || { tail -n 3 "$log.err" >&2; fail "the sweep of $kind ended with $code"; }
  pids=("${pids[@]:0:$before}")
  session=$(ls -d "$folder/$kind"/*/)
  "$bin/looptax" verify "$session" >"$log.verify" || { cat "$log.verify" >&2; fail "the session of $kind does not verify"; }
  python3 "$folder/shares.py" "$session" "$folder/$kind.busy" "$kind"
}

us=65533 status=0
for kind in "$@"; do
  case $kind in
    quiet|beside) sweep "$kind" "$managed" || status=1 ;;
    user)
      [ "$(id -u)" = 0 ] || fail 'only root can start the runtime under another user'
      port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
      # Its files lie in root's home: it keeps the right to read them, and no other.
      HOME=$folder setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search \
        "$data/runtime/looptax-llama-server" -m "$data/models/$model" --port "$port" --host 127.0.0.1 -np 1 --cache-ram 0 -c 4096 >"$folder/server.log" 2>&1 &
      pids+=($!)
      for _ in $(seq 600); do
        if "$bin/looptax" probe --url "http://127.0.0.1:$port" --json 2>/dev/null | grep -q '"answers": true'; then break; fi
        sleep 0.1
      done
      HOME=$folder sweep user '{"id": "t", "kind": "llama-server", "url": "http://127.0.0.1:'"$port"'"}' \
        setpriv --reuid="$us" --regid="$us" --clear-groups || status=1 ;;
    *) usage >&2; exit 2 ;;
  esac
done
exit $status
