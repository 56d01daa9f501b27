#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A whole sweep by clicking, on a real desktop: Xvfb with a window manager, the real Ollama and the embedded llama.cpp, a
# person outside the program with a pointer and a keyboard (click_sweep.py). Ends with one line; exit status 0: all was seen.
#
#   tests/real/click_sweep.sh FOLDER_OF_THE_PROGRAMS [FOLDER_FOR_PICTURES]
#
# Needs what packaging/test.sh fetches. The Ollama of the test stands where the window looks for one, at port 11434; where
# that is taken already, all of it runs with a loopback of its own.
set -euo pipefail
bin=$(cd "$1" && pwd) pictures=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../packaging/lib.sh"
if [ -z "${LOOPTAX_IN_DESKTOP:-}" ]; then
  for program in xvfb-run openbox xdotool dbus-run-session; do
    command -v "$program" >/dev/null || fail "no $program here; packaging/prepare.sh tests installs it"
  done
  /usr/bin/python3 -c 'import gi; gi.require_version("Atspi", "2.0"); from gi.repository import Atspi' 2>/dev/null ||
    fail 'no AT-SPI for Python here; packaging/prepare.sh tests installs it'
  if [ -z "${LOOPTAX_OWN_LOOPBACK:-}" ] && (exec 3<>/dev/tcp/127.0.0.1/11434) 2>/dev/null; then
    LOOPTAX_OWN_LOOPBACK=1 exec unshare --user --map-root-user --net -- "$0" "$@"
  fi
  [ -z "${LOOPTAX_OWN_LOOPBACK:-}" ] || ip link set lo up || fail 'port 11434 is taken, and no loopback of our own is to be had'
  LOOPTAX_IN_DESKTOP=1 exec xvfb-run -a -s '-screen 0 1440x900x24 -nolisten tcp' dbus-run-session -- "$0" "$@"
fi
[ -z "$pictures" ] || { mkdir -p "$pictures"; pictures=$(cd "$pictures" && pwd); }

folder=$(mktemp -d)
pids=()
leave() {
  local p
  for p in ${pids[@]+"${pids[@]}"}; do kill -TERM "$p" 2>/dev/null || true; done
  for p in ${pids[@]+"${pids[@]}"}; do wait "$p" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap leave EXIT
until_true() { # SECONDS WORDS COMMAND...
  local left=$(($1 * 10)) words=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "not within the time: $words"
    sleep 0.1
  done
}

data=$(data_dir) model=smollm2-135m-instruct-q4_1.gguf
for need in runtime/looptax-llama-server "models/$model" ollama/ollama; do
  [ -e "$data/$need" ] || fail "$data/$need is not here; packaging/test.sh fetches it"
done
"$PACKAGING/ollama-serve.sh" --dir "$data/ollama-tests" --port 11434 --model "smollm2=$data/models/$model" \
  >"$folder/ollama" 2>"$folder/ollama.log" &
pids+=($!)
until_true 120 "Ollama is ready: $(cat "$folder/ollama.log")" grep -q '^ready$' "$folder/ollama"

export XDG_CONFIG_HOME=$folder/config XDG_RUNTIME_DIR=$folder QT_QPA_PLATFORM=xcb QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1
export LOOPTAX_DATA_DIR=$data
unset QT_SCALE_FACTOR
openbox --startup "touch $folder/managed" >"$folder/openbox.log" 2>&1 &
pids+=($!)
until_true 20 'the window manager is ready' test -e "$folder/managed"
"$bin/looptax-workbench" --sessions "$folder/sessions" >"$folder/window.log" 2>&1 &
window=$!
pids+=("$window")
/usr/bin/python3 -B "$here/click_sweep.py" "$window" "$bin" "$folder/sessions" "$model" http://127.0.0.1:11434 "$pictures" ||
  { tail -n 20 "$folder/window.log" >&2; exit 1; }
gone() { ! kill -0 "$window" 2>/dev/null; }
until_true 10 'Ctrl+Q closes the window' gone
wait "$window" || fail "the window ended with $?"
! grep -v '^$' "$folder/window.log" >&2 || fail 'the window complained (above)'
[ -z "${LOOPTAX_KEEP_SESSION:-}" ] || cp -r "$folder"/sessions/. "$LOOPTAX_KEEP_SESSION"
