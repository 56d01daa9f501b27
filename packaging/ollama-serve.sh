#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts the real Ollama of get-ollama.sh for a test, with a home and a model store of its own, and imports models.
#
#   packaging/ollama-serve.sh --dir DIR [--port N] [--model NAME=FILE.gguf]... [--data-dir DATA]
#
#   --dir DIR       home, store and log lie here (DIR/home, DIR/models, DIR/ollama.log); kept, so a second start imports nothing
#   --port N        0, the default: a free one
#   --model ...     imported as NAME (served as NAME:latest) unless the store has it from this file
#
# Stdout, one line each:   address: http://127.0.0.1:PORT      (it answers)
#                          ready                               (every model is imported)
# Then runs until SIGTERM, SIGINT, SIGHUP, or the end of the process that started it; Ollama and its model runners end with
# it, also after kill -9 of this script. Exit status 0 after a signal, 1 with one line on stderr when it could not start.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

data=$(data_dir) dir='' port=0 models=()
while [ $# -gt 0 ]; do
  case $1 in
    --dir|--port|--model|--data-dir) [ $# -ge 2 ] || fail "$1 needs a value" ;;&
    --dir) dir=$2; shift ;;
    --port) port=$2; shift ;;
    --model) case $2 in ?*=?*) models+=("$2") ;; *) fail "--model NAME=FILE.gguf, not $2" ;; esac; shift ;;
    --data-dir) data=$2; shift ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ -n "$dir" ] || { usage >&2; exit 2; }
ollama=$data/ollama/ollama
[ -x "$ollama" ] || fail "no Ollama in $data; try: packaging/get-ollama.sh"
mkdir -p "$dir/home" "$dir/models"
dir=$(cd "$dir" && pwd) log=$dir/ollama.log parent=$PPID

# Nothing of the user's own Ollama may be touched or change what is measured.
for v in $(compgen -e OLLAMA_ || true) $(compgen -e LLAMA_ARG_ || true); do unset "$v"; done
export HOME=$dir/home OLLAMA_MODELS=$dir/models OLLAMA_HOST=127.0.0.1:$port OLLAMA_NO_CLOUD=1 OLLAMA_NOHISTORY=1
export OLLAMA_NUM_PARALLEL=1 OLLAMA_MAX_LOADED_MODELS=1
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost   # its client is told to use no proxy for itself

pid=''
leave() {
  local status=$1
  trap '' TERM INT HUP
  trap - EXIT
  if [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null; then
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null || true   # its runner ends with it
  fi
  wait 2>/dev/null || true
  exit "$status"
}
trap 'leave 0' TERM INT HUP
trap 'leave $?' EXIT

# setpriv: the kernel ends Ollama when this script is killed.
setpriv --pdeathsig KILL -- "$ollama" serve >"$log" 2>&1 </dev/null &
pid=$!
address=''
for _ in $(seq 300); do
  kill -0 "$pid" 2>/dev/null || break
  address=$(sed -n 's/.*Listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$log" | head -n 1)
  [ -z "$address" ] || break
  sleep 0.1
done
[ -n "$address" ] || { tail -n 3 "$log" >&2; fail "Ollama did not start (its log: $log)"; }
printf 'address: http://%s\n' "$address"
export OLLAMA_HOST=$address

for m in ${models[@]+"${models[@]}"}; do
  name=${m%%=*} file=${m#*=}
  [ -r "$file" ] || fail "cannot read $file"
  file=$(realpath "$file")
  mark=$dir/models/$(printf %s "$name" | tr -c 'a-zA-Z0-9.\n' _).imported
  facts="$file $(stat -c '%s %Y' "$file")"
  if [ "$(cat "$mark" 2>/dev/null)" = "$facts" ] && "$ollama" show "$name" >/dev/null 2>&1; then continue; fi
  printf 'FROM %s\n' "$file" >"$dir/Modelfile"
  "$ollama" create "$name" -f "$dir/Modelfile" >"$dir/create.log" 2>&1 </dev/null ||
    { tail -n 3 "$dir/create.log" >&2; fail "Ollama could not import $file (its log: $log)"; }
  printf '%s\n' "$facts" >"$mark"
done
echo ready

# A shell handles a signal once its foreground command ends: so only short sleeps, in the background, are waited for.
while kill -0 "$pid" 2>/dev/null; do
  [ -d "/proc/$parent" ] || { say "the process that started this is gone"; leave 0; }
  sleep 0.5 & wait $! || true
done
tail -n 5 "$log" >&2
pid=''
fail "Ollama ended by itself (its log: $log)"
