#!/usr/bin/env bash
# shellcheck disable=SC2317  # checks are called by their names
# SPDX-License-Identifier: GPL-3.0-or-later
# What a machine can say about the sources without running them. Each check names file, line and what to change; the exit status
# is 1 where one found something. Tools that are missing are installed first (prepare.sh lint).
#
#   packaging/lint.sh                    every check
#   packaging/lint.sh format shell ...   some of them:
#     format     clang-format 14 by .clang-format; `packaging/lint.sh format --fix` rewrites the files
#     shell      shellcheck on every script
#     spelling   codespell on sources and pages (.codespellrc)
#     tidy       clang-tidy by .clang-tidy on the .cpp files that differ from --since (default: the commit before, and what is
#                not committed)
#     clazy      clazy level 1 on the same files, those with Qt
#     unused     cppcheck's unusedFunction over the product
#     house      the test of the house: rooms, arrows, names
#   packaging/lint.sh --sizes            lines by tree and room, files over 400 lines, the longest chain of includes in a room
#   packaging/lint.sh --since COMMIT ... what `tidy` and `clazy` call changed; --all: every file
#
# tidy and clazy read build/ci/compile_commands.json, house runs build/ci: both are built first.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

checks=() since='HEAD~1' fix='' all=''
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --sizes) exec python3 "$PACKAGING/sizes.py" "$SOURCE" ;;
    --since) [ $# -ge 2 ] || fail "--since needs a commit"; since=$2; shift ;;
    --all) all=1 ;;
    --fix) fix=1 ;;
    format|shell|spelling|tidy|clazy|unused|house) checks+=("$1") ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ ${#checks[@]} -gt 0 ] || checks=(format shell spelling unused tidy clazy house)
cd "$SOURCE"

needs() { # a tool, and the group of prepare.sh that brings it
  command -v "$1" >/dev/null || "$PACKAGING/prepare.sh" "$2"
  command -v "$1" >/dev/null || fail "$1 is missing; try: packaging/prepare.sh $2"
}
git ls-files >/dev/null || fail "git does not list the sources of $SOURCE (above), so nothing can be checked"
# Tracked and there: a file that is deleted and not yet committed is no source.
sources() { git ls-files -- "$@" | while IFS= read -r f; do if [ -f "$f" ]; then printf '%s\n' "$f"; fi; done; }
changed() {
  if [ -n "$all" ]; then sources 'core/*.cpp' 'ui/*.cpp' 'app/*.cpp'
  else git diff --name-only --diff-filter=d "$since" -- 'core/*.cpp' 'ui/*.cpp' 'app/*.cpp'; fi
}

format() {
  needs clang-format-14 lint
  local files
  mapfile -t files < <(sources '*.cpp' '*.h')
  if [ -n "$fix" ]; then clang-format-14 -i "${files[@]}"
  else clang-format-14 --dry-run --Werror "${files[@]}"; fi
}
shell() {
  needs shellcheck lint
  local files
  mapfile -t files < <(sources '*.sh' .ci/run)
  shellcheck -x -P SCRIPTDIR "${files[@]}"
}
spelling() {
  needs codespell lint
  local files
  mapfile -t files < <(sources '*.cpp' '*.h' '*.md' '*.sh' '*.py' '*.cmake' 'CMakeLists.txt' '*/CMakeLists.txt')
  codespell --config .codespellrc "${files[@]}"
}
tidy() {
  needs clang-tidy-14 deep-lint
  build ci
  local files
  mapfile -t files < <(changed)
  [ ${#files[@]} -gt 0 ] || return 0
  # Each file alone: clang-tidy does not know unity builds or GCC's precompiled headers, and the product uses neither option.
  clang-tidy-14 --quiet -p build/ci --warnings-as-errors='*' "${files[@]}" 2> >(grep -v 'warnings generated' >&2)
}
clazy() {
  needs clazy-standalone deep-lint
  build ci
  local files
  mapfile -t files < <(changed | grep '^ui/\|^app/workbench\|^core/runtime\|^core/engine' || true)
  [ ${#files[@]} -gt 0 ] || return 0
  clazy-standalone -checks=level1 -p build/ci --extra-arg=-Werror "${files[@]}"
}
unused() {
  needs cppcheck deep-lint
  local found
  # Overrides, slots and what templates call are not seen as called: packaging/unused-functions.txt says which, and why.
  found=$(cppcheck --quiet --enable=unusedFunction --language=c++ --std=c++20 -DQ_OBJECT= -DQ_SLOTS= -DQ_SIGNALS=public \
            --template='{file}:{line}: {id}: {message}' core ui app 2>&1 |
          grep unusedFunction | grep -v -F -f <(sed -n "s/^\([A-Za-z0-9_]*\)  .*/'\1'/p" "$PACKAGING/unused-functions.txt") || true)
  [ -z "$found" ] || { printf '%s\n' "$found"; return 1; }
}
house() {
  build ci
  ctest --test-dir build/ci --output-on-failure -L house
}

status=0
for check in "${checks[@]}"; do
  if "$check"; then say "$check: nothing found"
  else printf '%s: %s\n' "$PROGRAM" "$check found what stands above" >&2; status=1; fi
done
exit $status
