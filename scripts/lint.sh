#!/usr/bin/env bash
# Checks the format, the scripts (shellcheck) and the C++ sources (clang-tidy): scripts/lint.sh [SOURCE...], or
# scripts/lint.sh --changed [REVISION]. Named sources are the only ones that clang-tidy looks at; with --changed those
# that differ from REVISION, by default the commit before this one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/steps.sh
source scripts/steps.sh
scripts/setup.sh --lint

if [[ ${1:-} == --changed ]]; then
  revision=${2:-HEAD~1}
  if git rev-parse --quiet --verify "$revision^{commit}" >/dev/null; then
    mapfile -t sources < <(git diff --name-only --diff-filter=d "$revision" -- '*.cpp')
  else
    sources=() # the first commit, or a checkout without history
  fi
elif [[ $# -gt 0 ]]; then
  sources=("$@")
else
  mapfile -t sources < <(find common supervisor worker tests -name '*.cpp' | sort)
fi

failed=0
echo "== format"
scripts/format.sh --check || failed=1
echo "== shellcheck"
shellcheck --external-sources scripts/*.sh tests/model/*.sh tests/integration/*.sh .ci/run || failed=1
echo "== clang-tidy: ${#sources[@]} sources"
if [[ ${#sources[@]} -gt 0 ]]; then
  cmake --preset lint >/dev/null # writes compile_commands.json
  printf '%s\0' "${sources[@]}" |
    xargs -0 -n 1 -P "$cores" clang-tidy -p build/lint --quiet --extra-arg=-Wno-unknown-warning-option || failed=1
fi
exit "$failed"
