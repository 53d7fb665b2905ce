#!/usr/bin/env bash
# Checks the format, the scripts (shellcheck) and the C++ sources (clang-tidy): scripts/lint.sh [SOURCE...], or
# scripts/lint.sh --changed [REVISION]. Named sources are the only ones that clang-tidy looks at; with --changed those
# that differ from REVISION, and those that include a header that does, 24 at most. By default REVISION is
# what origin/main has in common with this branch, or the commit before this one when that is the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/steps.sh
source scripts/steps.sh
scripts/setup.sh --lint

most_changed=24
if [[ ${1:-} == --changed ]]; then
  revision=${2:-$(git merge-base origin/main HEAD 2>/dev/null || true)}
  [[ $# -eq 2 || $revision != "$(git rev-parse HEAD)" ]] || revision=HEAD~1
  if git rev-parse --quiet --verify "${revision:-HEAD~1}^{commit}" >/dev/null; then
    mapfile -t sources < <(
      git diff --name-only --diff-filter=d "${revision:-HEAD~1}" -- '*.cpp'
      git diff --name-only --diff-filter=d "${revision:-HEAD~1}" -- '*.h' |
        while read -r header; do git grep -lF "#include \"$header\"" -- '*.cpp' || true; done
    )
    mapfile -t sources < <(printf '%s\n' "${sources[@]}" | sed '/^$/d' | awk '!seen[$0]++')
    if [[ ${#sources[@]} -gt $most_changed ]]; then
      echo "SKIPPED: clang-tidy of $((${#sources[@]} - most_changed)) sources that the change touches: scripts/lint.sh looks at all"
      sources=("${sources[@]:0:$most_changed}")
    fi
  else
    echo "SKIPPED: clang-tidy of what has changed: this checkout has no history"
    sources=()
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
# SC2317: functions that step() calls seem unreachable.
shellcheck --external-sources --exclude=SC2317 scripts/*.sh scripts/slurm/*.sbatch tests/model/*.sh tests/slurm/*.sh .ci/run || failed=1
echo "== clang-tidy: ${#sources[@]} sources"
if [[ ${#sources[@]} -gt 0 ]]; then
  cmake --preset lint >/dev/null # writes compile_commands.json
  printf '%s\0' "${sources[@]}" |
    xargs -0 -n 1 -P "$cores" clang-tidy -p build/lint --quiet --extra-arg=-Wno-unknown-warning-option || failed=1
fi
exit "$failed"
