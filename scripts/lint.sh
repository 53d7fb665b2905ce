#!/usr/bin/env bash
# Checks the format, the scripts (shellcheck) and the C++ sources (clang-tidy): scripts/lint.sh [SOURCE...].
# Named sources are the only ones that clang-tidy looks at.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh --lint

failed=0
echo "== format"
scripts/format.sh --check || failed=1
echo "== shellcheck"
shellcheck scripts/*.sh tests/model/*.sh .ci/run || failed=1

echo "== clang-tidy"
cmake --preset dev >/dev/null # writes compile_commands.json
if [[ $# -gt 0 ]]; then
  sources=("$@")
else
  mapfile -t sources < <(find common supervisor worker tests -name '*.cpp' | sort)
fi
printf '%s\0' "${sources[@]}" |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option || failed=1
exit "$failed"
