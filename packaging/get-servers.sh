#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts two more servers into the data folder, for the tests, each in a Python environment of its own: dasllama, whose engine is
# not llama.cpp, and cyllama, whose server is wrong in several ways. Does nothing, quickly, when both are there; needs no
# network then. Needs the Python of get-runtime.sh.
#
#   packaging/get-servers.sh [--data-dir DIR] [--quiet]
#
# Leaves DIR/servers/dasllama and DIR/servers/cyllama.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

data_options "$@"
python=$data/runtime/venv/bin/python
[ -x "$python" ] || fail "there is no $python yet; try: packaging/get-runtime.sh"
lock "$data/servers"
data=$(cd "$data" && pwd) python=$(cd "$data" && pwd)/runtime/venv/bin/python

install_server() { # name, row of sources.tsv
  local venv=$data/servers/$1 want wheel
  want=$(awk -F '\t' -v n="$2" '$1 == n { print $6; exit }' "$PACKAGING/sources.tsv")
  [ -n "$want" ] || fail "there is no ready-made $1 for this machine ($2 in packaging/sources.tsv)"
  [ "$(cat "$venv/looptax.wheel" 2>/dev/null)" != "$want" ] || return 0
  wheel=$("$python" -I "$PACKAGING/fetch.py" "$2" "$data/servers/downloads" ${QUIET:+--quiet})
  say "installing $(basename "$wheel" | cut -d- -f1,2)"
  rm -rf "$venv"
  "$python" -I -m venv "$venv" >&2 || fail "making the Python environment $venv failed"
  "$venv/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-deps --no-index "$wheel" >&2 ||
    fail "installing $wheel failed; try: rm -r $venv, then again"
  printf '%s\n' "$want" >"$venv/looptax.wheel"
  rm -rf "$data/servers/downloads"
}

machine=$(uname -m)
install_server dasllama "dasllama-$machine"
# For Linux its makers build wheels for x86-64 alone; tests/real knows that too.
if [ "$machine" = x86_64 ]; then
  install_server cyllama "cyllama-$machine-$("$python" -I -c 'import sys; print("cp%d%d" % sys.version_info[:2])')"
fi
