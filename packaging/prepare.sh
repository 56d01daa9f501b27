#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what building (and with `tests` what testing) needs and this machine lacks: Debian 12, Ubuntu 24.04 and later.
# Says what and why first; asks for root rights only then; does nothing, without the network, when all is there.
#
#   packaging/prepare.sh [build] [tests] [lint] [deep-lint] [--quiet]
set -euo pipefail
. "$(dirname "$0")/lib.sh"

tests='' lint='' deep=''
while [ $# -gt 0 ]; do
  case $1 in
    build) ;;
    tests) tests=1 ;;
    lint) lint=1 ;;
    deep-lint) lint=1 deep=1 ;;
    --quiet) export QUIET=1 ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

# what it is for : kind of proof that it is there (command, file, or the package itself) : proof : package names, tried in order
# (they differ by release)
needs=(
  'compiling:command:g++:g++'
  'compiling:command:cmake:cmake'
  'compiling:command:ninja:ninja-build'
  'compiling again quickly:command:ccache:ccache'
  'linking quickly:command:mold:mold'
  'the version in the program:command:git:git'
  'the window, and the network client:package:qt6-base-dev:qt6-base-dev'
  'the charts:package:qt6-charts-dev,libqt6charts6-dev:qt6-charts-dev,libqt6charts6-dev'
  'the charts:file:/usr/lib/*/cmake/Qt6OpenGL/Qt6OpenGLConfig.cmake:libqt6opengl6-dev,qt6-base-dev'
  'charts as SVG:package:qt6-svg-dev,libqt6svg6-dev:qt6-svg-dev,libqt6svg6-dev'
  'JSON:package:nlohmann-json3-dev:nlohmann-json3-dev'
  'statistics:package:libboost-dev:libboost-dev'
  'check sums:package:libssl-dev:libssl-dev'
  'the embedded runtime:package:python3-venv:python3-venv'
  'the embedded runtime:package:libgomp1:libgomp1'
  'fetching:package:ca-certificates:ca-certificates'
  'lettering of the charts:package:fonts-dejavu-core:fonts-dejavu-core'
)
if [ -n "$tests" ]; then
  needs+=(
    'tests of the window:command:Xvfb:xvfb'
    'tests of the window:command:xauth:xauth'
    'tests of the window:command:openbox:openbox'
    'tests of the window:command:xdotool:xdotool'
    'clicking from outside:command:dbus-run-session:dbus-daemon,dbus'
    'clicking from outside:package:at-spi2-core:at-spi2-core'
    'clicking from outside:package:gir1.2-atspi-2.0:gir1.2-atspi-2.0'
    'clicking from outside:package:python3-gi:python3-gi'
    'tests of the charts:command:rsvg-convert:librsvg2-bin'
    'tests of the charts:command:pdftotext:poppler-utils'
    'tests of the report:command:tidy:tidy'
    'tests of the report:package:python3-html5lib:python3-html5lib'
    'recomputing the statistics:package:python3-numpy:python3-numpy'
    'recomputing the statistics:package:python3-scipy:python3-scipy'
  )
fi

if [ -n "$lint$tests" ]; then
  needs+=(
    'the form of the sources:command:clang-format-14:clang-format-14'
    'checking the scripts:command:shellcheck:shellcheck'
    'checking the spelling:command:codespell:codespell'
  )
fi
if [ -n "$deep" ]; then
  needs+=(
    'checking the sources:command:clang-tidy-14:clang-tidy-14'
    'checking the sources:command:clazy-standalone:clazy'
    'functions that nothing calls:command:cppcheck:cppcheck'
    'a second compiler:command:clang++-14:clang-14'
  )
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  say "this is not Debian or Ubuntu: nothing is installed. Needed: a C++20 compiler, CMake 3.24, Ninja, Qt 6.4 (base, charts, svg),"
  say "  nlohmann-json, Boost headers, OpenSSL, Python 3.10 with venv, libgomp. Going on with what is here."
  exit 0
fi

installed=" $(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null | awk '$2 == "installed" { printf "%s ", $1 }')"
is_installed() { [[ $installed == *" $1 "* ]]; }

missing=()
for need in "${needs[@]}"; do
  IFS=: read -r why kind proof packages <<<"$need"
  found=''
  case $kind in
    command) if command -v "$proof" >/dev/null; then found=1; fi ;;
    file) if compgen -G "$proof" >/dev/null; then found=1; fi ;;
    package) for p in ${proof//,/ }; do if is_installed "$p"; then found=1; fi; done ;;
  esac
  [ -n "$found" ] || missing+=("$why:$packages")
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null; then root=(sudo)
  else fail "these packages are missing and there is no sudo here. As root: apt-get install $(printf '%s\n' "${missing[@]}" | sed 's/.*://; s/,.*//' | sort -u | tr '\n' ' ')"; fi
fi

say "missing on this machine:"
for m in "${missing[@]}"; do packages=${m##*:}; say "  ${packages/,/ or }  (${m%%:*})"; done
say "they are installed now by apt${root:+, with sudo}; nothing else is changed"
if [ ${#root[@]} -gt 0 ] && [ ! -t 0 ] && ! sudo -n true 2>/dev/null; then
  fail "sudo wants a password and there is no terminal to ask on. Run packaging/prepare.sh ${tests:+tests }${deep:+deep-}${lint:+lint }in a terminal first"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# apt waits for dpkg's lock by itself when told to; the lock of the package lists it does not, so that is tried again.
apt() {
  local try
  for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    if "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1; then return 0; fi
    grep -q 'Could not get lock\|Unable to lock' "$log" || return 1
    [ "$try" != 1 ] || say "another program is installing packages: waiting for it"
    sleep 15
  done
  return 1
}
why_apt_failed() { grep -E '^(E|W|Err)' "$log" | tail -n 5 >&2 || true; }

apt update || { why_apt_failed; say "the package lists could not be fetched: going on with those that are here"; }
names=()
for m in "${missing[@]}"; do
  choice=''
  packages=${m##*:}
  for p in ${packages//,/ }; do
    # A name can be known and yet have nothing to install: the candidate decides.
    policy=$(LC_ALL=C apt-cache policy "$p" 2>/dev/null)
    if [ -z "$choice" ] && [[ $policy == *'Candidate: '[!\(]* ]]; then choice=$p; fi
  done
  [ -n "$choice" ] || fail "no package source here has ${m##*:} (${m%%:*}); try: apt-get update, and look at /etc/apt/sources.list*"
  names+=("$choice")
done
if ! apt install --no-install-recommends "${names[@]}"; then
  why_apt_failed
  fail "apt could not install them; try by hand: ${root:+sudo }apt-get install ${names[*]}"
fi
say "installed"
