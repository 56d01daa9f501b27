# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the scripts of this folder share. Sourced.
QUIET=${QUIET:-}
PROGRAM=${0##*/}
PACKAGING=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034  # used by those who source this
SOURCE=$(dirname "$PACKAGING")

say() { [ -n "$QUIET" ] || printf '%s\n' "$*" >&2; }
fail() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; exit 1; }
usage() { sed -n '/^# SPDX/,/^[^#]/{/^# SPDX/d;s/^# \{0,1\}//p}' "$0"; }   # the comment at the head of the script

# Where everything fetched lies: LOOPTAX_DATA_DIR, else the user's data folder.
data_dir() { printf '%s\n' "${LOOPTAX_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/looptax}"; }

# The options of a script that only fetches: --data-dir DIR, which goes into $data, --quiet, --help.
# shellcheck disable=SC2034  # $data is for those who source this
data_options() {
  data=$(data_dir)
  while [ $# -gt 0 ]; do
    case $1 in
      --data-dir) [ $# -ge 2 ] || fail "--data-dir needs a folder"; data=$2; shift ;;
      --quiet) export QUIET=1 ;;
      -h|--help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
}

# Two calls at a time must not write the same files. The lock goes with the file descriptor, so a killed call leaves none.
lock() { # folder
  mkdir -p "$1" 2>/dev/null || fail "cannot make the folder $1; try another one: --data-dir DIR"
  [ -w "$1" ] || fail "cannot write in $1; try another one: --data-dir DIR"
  exec 9>"$1/.lock"
  flock -n 9 || { say "waiting for another call that is at work in $1"; flock 9; }
}

# background NAME COMMAND...: runs it with its output kept; finish NAME: waits, shows the output where it failed. In a process
# group of its own, so that it ends with us as a whole (a shell's background jobs are deaf to Ctrl-C).
LOGS='' JOBS=()
end_jobs() {
  local p
  for p in "${JOBS[@]}"; do kill -TERM -- "-$p" 2>/dev/null || true; done
  [ -z "$LOGS" ] || rm -rf "$LOGS"
}
background() {
  [ -n "$LOGS" ] || LOGS=$(mktemp -d)
  local name=$1; shift
  set -m
  "$@" >"$LOGS/$name" 2>&1 </dev/null 9>&- &
  set +m
  JOBS+=("$!")
  printf -v "JOB_$name" '%s' $!
  trap end_jobs EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
finish() {
  local pid=JOB_$1 status=0
  wait "${!pid}" || status=$?
  if [ "$status" != 0 ]; then
    printf '%s failed (exit status %s):\n' "$1" "$status" >&2; tail -n 60 "$LOGS/$1" >&2
  fi
  return "$status"
}

# build PRESET: configures once (ninja does it again by itself when it must) and builds; silent when nothing is to do.
build() {
  local folder=$SOURCE/build/$1 log status=0
  if [ ! -f "$folder/build.ninja" ]; then
    say "configuring ($1)"
    log=$(mktemp)
    (cd "$SOURCE" && cmake --preset "$1") >"$log" 2>&1 || status=$?
    [ "$status" = 0 ] || { tail -n 40 "$log" >&2; rm -f "$log" "$folder/build.ninja"
                           fail "configuring failed (above); try: packaging/prepare.sh, then again"; }
    rm -f "$log"
  fi
  say "building ($1; minutes the first time, seconds after that)"
  log=$folder/build.log
  if [ -t 2 ] && [ -z "$QUIET" ]; then cmake --build "$folder" >&2 || status=$?
  else cmake --build "$folder" >"$log" 2>&1 || status=$?; [ "$status" = 0 ] || tail -n 60 "$log" >&2
  fi
  [ "$status" = 0 ] || fail "the build failed (above); try: rm -r build/$1, then again"
}
