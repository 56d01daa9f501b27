#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The window on a real display (Xvfb) with a window manager, driven from outside by real key and mouse events: a sweep
# by one key, its export by another, a second one by the mouse, ended by a signal within two seconds.
#
#   smoke_xvfb.sh FOLDER_OF_THE_PROGRAMS [FOLDER_FOR_SCREENSHOTS]
set -euo pipefail
bin=$1 pictures=${2:-}
if [ -z "${LOOPTAX_IN_XVFB:-}" ]; then
  LOOPTAX_IN_XVFB=1 exec xvfb-run -a -s '-screen 0 1280x800x24 -nolisten tcp' "$0" "$@"
fi

folder=$(mktemp -d)
pids=()
end() {
  local p
  for p in "${pids[@]}"; do
    kill -KILL "$p" 2>/dev/null || true
    wait "$p" 2>/dev/null || true # else the shell tells of each that it was killed
  done
  rm -rf "$folder"
}
trap end EXIT
fail() {
  printf 'smoke_xvfb: %s\n' "$*" >&2
  tail -n 20 "$folder"/window.log >&2 || true
  exit 1
}
# until SECONDS WORDS COMMAND...: asks ten times a second
until_true() {
  local left=$(($1 * 10)) words=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "not within the time: $words"
    sleep 0.1
  done
}
# do_until SECONDS WORDS ACTION COMMAND...: does it once a second, as a person would who sees that nothing happened
do_until() {
  local left=$1 words=$2 action=$3
  shift 3
  while true; do
    $action
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      if "$@" >/dev/null 2>&1; then return; fi
      sleep 0.1
    done
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "not within the time: $words"
  done
}
press_until() { do_until "$1" "$2" "xdotool key $3" "${@:4}"; }
picture() { [ -z "$pictures" ] || scrot -o "$pictures/$1.png"; }

export XDG_CONFIG_HOME=$folder/config XDG_RUNTIME_DIR=$folder QT_QPA_PLATFORM=xcb
unset QT_SCALE_FACTOR
touch "$folder/model.gguf"
openbox --startup "touch $folder/managed" >"$folder/openbox.log" 2>&1 &
pids+=($!)
until_true 20 'the window manager is ready' test -e "$folder/managed" # a window mapped before that stays unseen

server=$bin/looptax-scripted-llama-server
"$bin/looptax-workbench" --sessions "$folder/sessions" \
  --target "kind=llama-server,command=$server,model_file=$folder/model.gguf,args=--sim-interval-ms 4 --sim-log $folder/server.log" >"$folder/window.log" 2>&1 &
window=$!
pids+=("$window")

shown() { id=$(xdotool search --onlyvisible --name 'Loop-tax workbench' | head -n 1) && [ -n "$id" ]; }
until_true 20 'the window is shown' shown
xdotool windowactivate --sync "$id"
picture start

sessions() { find "$folder/sessions" -mindepth 2 -maxdepth 2 -name journal.jsonl 2>/dev/null | sort; }
count_is() { [ "$(sessions | wc -l)" = "$1" ]; }
holds() { grep -q "$2" "$1"; }

press_until 20 'F5 starts a sweep' F5 count_is 1
first=$(sessions)
until_true 20 'a turn is measured' holds "$first" '"type":"turn_done"'
picture mid_sweep
until_true 60 'the sweep ends' holds "$first" '"type":"session_end"'
until_true 20 'its report is written' test -s "$(dirname "$first")/report.md"
[ "$(grep -c '"type":"turn_done"' "$first")" = 12 ] || fail 'the quick preset has twelve turns'
sleep 0.3
picture finished
press_until 30 'Ctrl+E exports all' ctrl+e test -s "$(dirname "$first")/charts/cached_processed_by_turn.png"
until_true 30 'Ctrl+E writes the report' test -s "$(dirname "$first")/report.html"
"$bin/looptax" verify "$(dirname "$first")" >"$folder/verify.log" || fail "looptax verify: $(cat "$folder/verify.log")"

# The mouse on Start: the first button below the menu bar. It is greyed until the export is over.
click_start() { xdotool mousemove --window "$id" 40 38 click 1; }
do_until 20 'a click on Start starts a second sweep' click_start count_is 2
second=$(sessions | grep -vxF "$first")
until_true 20 'a turn is asked for' holds "$second" '"type":"turn_start"'
began=$(date +%s%N)
kill -TERM "$window"
status=0
wait "$window" || status=$?
took=$((($(date +%s%N) - began) / 1000000))
[ "$status" = 130 ] || fail "a signal in a sweep ends the window with 130, not $status"
[ "$took" -le 2000 ] || fail "the signal took $took ms"
holds "$second" '"type":"session_end"' || fail 'the second session was not ended cleanly'
"$bin/looptax" verify "$(dirname "$second")" >"$folder/verify.log" || fail "looptax verify: $(cat "$folder/verify.log")"
while read -r what pid _; do
  if [ "$what" = start ] && kill -0 "$pid" 2>/dev/null; then fail "the server $pid was left behind"; fi
done <"$folder/server.log"
! grep -v '^$' "$folder/window.log" >&2 || fail 'the window complained (above)'
printf 'smoke_xvfb: 2 sweeps, ended by a signal in %s ms\n' "$took"
