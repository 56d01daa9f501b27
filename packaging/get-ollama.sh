#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the real Ollama from its Go module, for the tests. Its model runner is our launcher of llama.cpp's server, which is
# what Ollama itself runs since 0.30. Does nothing, quickly, when it is there; needs no network then.
#
#   packaging/get-ollama.sh [--data-dir DIR] [--quiet]
#
# Leaves DIR/ollama/ollama and, where it looks for them, DIR/ollama/build/lib/ollama/{llama-server,llama-quantize}.
# Needs what get-runtime.sh leaves (called here). Go is taken from this machine if new enough, else fetched for the build.
# packaging/ollama-serve.sh starts it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

module=github.com/ollama/ollama version=v0.34.0 go_needed=1.26
data_options "$@"

# The environment's pip fetches Go where that is needed.
"$PACKAGING/get-runtime.sh" --data-dir "$data" ${QUIET:+--quiet}
data=$(cd "$data" && pwd)
place=$data/ollama build=$data/ollama.build
mkdir -p "$place"
lock "$place"   # a lock of its own: the models may be fetched while this builds

# What stands beside the binary. Its model runner ends with it, even when it is killed.
helpers=$place/build/lib/ollama
put_helpers() {
  mkdir -p "$1"
  cat >"$1/llama-server" <<'RUNNER'
#!/bin/sh
# Written by packaging/get-ollama.sh. DATA/ollama/build/lib/ollama/llama-server -> DATA/runtime
export LOOPTAX_DIE_WITH_PARENT=1
exec "$(dirname "$(readlink -f "$0")")/../../../../runtime/looptax-llama-server" "$@"
RUNNER
  cp "$SOURCE/resources/runtime/llama-quantize" "$1/llama-quantize"
  chmod 755 "$1/llama-server" "$1/llama-quantize"
}

stamp="$module $version"
if [ "$(cat "$place/looptax.built" 2>/dev/null)" = "$stamp" ] && [ -x "$place/ollama" ]; then
  put_helpers "$helpers.part"
  if ! diff -rq "$helpers.part" "$helpers" >/dev/null 2>&1; then rm -rf "$helpers"; mv "$helpers.part" "$helpers"; fi
  rm -rf "$helpers.part"
  exit 0
fi

fetch() { "$data/runtime/venv/bin/python" -I "$PACKAGING/fetch.py" "$@" ${QUIET:+--quiet}; }
# A build that was cut short is started anew; the module cache of Go is read-only, hence the chmod.
clean() { if [ -e "$build" ]; then chmod -R u+w "$build"; rm -rf "$build"; fi; }
clean
mkdir -p "$build"

export GOTOOLCHAIN=local GOFLAGS='-buildvcs=false -modcacherw'
own_go() { # a Go on this machine that is new enough
  local have
  command -v go >/dev/null || return 1
  have=$(go env GOVERSION 2>/dev/null) || return 1
  [ "$(printf '%s\n' "$go_needed" "${have#go}" | sort -V | head -n 1)" = "$go_needed" ]
}
if own_go; then
  GO=$(command -v go)
else
  say "this machine has no Go $go_needed or newer: one is fetched for this build and removed after it"
  packed=$(fetch "go-$(uname -m)" "$data/ollama.downloads")
  "$data/runtime/venv/bin/python" -I -m zipfile -e "$packed" "$build/go"
  GO=$(find "$build/go" -path '*/bin/go' -type f | head -n 1)
  chmod -R u+x "$(dirname "$GO")" "$(dirname "$(dirname "$GO")")/pkg/tool"
  export GOPATH=$build/gopath GOCACHE=$build/gocache GOROOT
  GOROOT=$(dirname "$(dirname "$GO")")
fi
export GO

zip=$(fetch ollama "$data/ollama.downloads")
"$data/runtime/venv/bin/python" -I -m zipfile -e "$zip" "$build/source"
say "building Ollama ${version#v} (one to four minutes)"
log=$build/build.log
if ! (cd "$build/source/$module@$version" &&
      "$GO" build -trimpath -ldflags "-s -w -X=$module/version.Version=${version#v}" -o "$build/ollama" .) >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  fail "building Ollama failed (above); try: the network, or go env GOPROXY; needs gcc (packaging/prepare.sh build)"
fi
[[ $("$build/ollama" --version 2>/dev/null) == *"${version#v}"* ]] || fail "the Ollama just built does not say that it is ${version#v}"

put_helpers "$helpers"
mv "$build/ollama" "$place/ollama"
printf '%s\n' "$stamp" >"$place/looptax.built"
clean
rm -rf "$data/ollama.downloads"
