#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts the embedded runtime into the user's data folder: llama.cpp's server in a private Python environment, and a small
# instruct model. Does nothing, quickly, when all is there; needs no network then.
#
#   packaging/get-runtime.sh [--with-test-model] [--model-only] [--data-dir DIR] [--quiet]
#
#   --with-test-model   also SmolLM2-135M, which the protocol tests use
#   --model-only        only the model, for a llama-server of your own
#   --data-dir DIR      default: $LOOPTAX_DATA_DIR, else ${XDG_DATA_HOME:-~/.local/share}/looptax
#
# Leaves:  DIR/runtime/looptax-llama-server    takes llama-server's flags (--help lists them)
#          DIR/models/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf, DIR/models/smollm2-135m-instruct-q4_1.gguf
set -euo pipefail
. "$(dirname "$0")/lib.sh"

test_model='' model_only='' data=$(data_dir)
while [ $# -gt 0 ]; do
  case $1 in
    --with-test-model) test_model=1 ;;
    --model-only) model_only=1 ;;
    --data-dir) [ $# -ge 2 ] || fail "--data-dir needs a folder"; data=$2; shift ;;
    --quiet) export QUIET=1 ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
lock "$data"
data=$(cd "$data" && pwd)
runtime=$data/runtime venv=$data/runtime/venv

# A Python that can make an environment: the one in use, else the system's.
find_python() {
  local p
  for p in python3 /usr/bin/python3; do
    if "$p" -I -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then command -v "$p"; return; fi
  done
  fail "needs Python 3.10 or newer that can make environments; try: apt-get install python3-venv (packaging/prepare.sh does it)"
}

make_venv() { # the environment, at first only with pip, which then fetches everything else
  local python
  python=$(find_python)
  say "making a private Python environment in $venv"
  rm -rf "$venv" "$venv.part"
  "$python" -I -m venv "$venv.part" >&2 || fail "making the Python environment failed; try: apt-get install python3-venv"
  mv "$venv.part" "$venv"
}
works() { "$venv/bin/python" -I -c "$1" 2>/dev/null; }
fetch() { "$venv/bin/python" -I "$PACKAGING/fetch.py" "$@" ${QUIET:+--quiet}; }

mkdir -p "$runtime"
works 'import pip' || make_venv

if [ -z "$model_only" ]; then
  machine=$(uname -m)
  case $machine in
    x86_64|aarch64) ;;
    *) fail "no ready-made llama.cpp server for $machine; put llama-server on PATH and use --model-only" ;;
  esac
  want=$(awk -F '\t' -v n="xllamacpp-$machine" '$1 == n { print $6; exit }' "$PACKAGING/sources.tsv")
  have=$(cat "$venv/looptax.wheel" 2>/dev/null || true)
  if [ "$have" != "$want" ] || ! works 'import xllamacpp'; then
    wheel=$(fetch "xllamacpp-$machine" "$data/downloads")
    say "installing llama.cpp's server (xllamacpp, MIT)"
    "$venv/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall "$wheel" >&2 ||
      fail "installing $wheel failed; try: rm -r $venv, then again"
    if ! why=$("$venv/bin/python" -I -c 'import xllamacpp' 2>&1); then
      case $why in
        *libgomp*) fail "llama.cpp's server needs the library libgomp.so.1; try: apt-get install libgomp1" ;;
        *) fail "llama.cpp's server cannot be loaded: ${why##*$'\n'}" ;;
      esac
    fi
    printf '%s\n' "$want" >"$venv/looptax.wheel"
    rm -rf "$data/downloads"
  fi
  if [ "$machine" = x86_64 ] && ! grep -qw avx2 /proc/cpuinfo; then
    say "warning: this processor has no AVX2; the ready-made server may stop with 'illegal instruction'. Build llama-server then."
  fi
  # Replaced by renaming: a server that is starting reads either the old file or the new one.
  put() { # from to mode
    cmp -s "$1" "$2" || { cp "$1" "$2.part" && chmod "$3" "$2.part" && mv "$2.part" "$2"; }
  }
  put "$SOURCE/resources/runtime/llama_server.py" "$runtime/llama_server.py" 644
  put "$SOURCE/resources/runtime/looptax-llama-server" "$runtime/looptax-llama-server" 755
fi

fetch qwen "$data/models" >/dev/null
[ -z "$test_model" ] || fetch smollm2 "$data/models" >/dev/null
