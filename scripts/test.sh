#!/usr/bin/env bash
# Builds and runs the tests: scripts/test.sh [--asan | --tsan | --fuzz | --all]. Without an option: the developers'
# build and all tests. --asan: all tests under AddressSanitizer and UndefinedBehaviorSanitizer. --tsan: the tests of
# what threads share, under ThreadSanitizer. --fuzz: a minute of fuzzing. --all: the four of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cores=$(nproc)
[[ -w ${HOME:-/nonexistent} ]] || export CCACHE_DISABLE=1 # ccache keeps its files there, and fails without

# Builds the targets `$2`... (none: all) of preset `$1`.
build() {
  local preset=$1 targets=()
  shift
  [[ $# -eq 0 ]] || targets=(--target "$@")
  echo "== $preset: building"
  cmake --build --preset "$preset" --parallel "$cores" "${targets[@]}"
}

run_dev() {
  cmake --preset dev >/dev/null
  build dev
  echo "== dev: testing"
  ctest --preset dev --parallel $((cores + 1)) # tests wait a lot
}

run_asan() {
  cmake --preset asan-ubsan >/dev/null
  build asan-ubsan
  echo "== asan-ubsan: testing"
  ctest --preset asan-ubsan --parallel $((cores + 1))
}

run_tsan() {
  local tests without_randomisation=()
  cmake --preset tsan >/dev/null
  # A test is named like its target.
  mapfile -t tests < <(ctest --preset tsan --show-only --label-regex threads | sed -n 's/^ *Test *#[0-9]*: //p')
  build tsan "${tests[@]}"
  # ThreadSanitizer does not start on kernels that randomise addresses more than it expects.
  ! setarch --addr-no-randomize true 2>/dev/null || without_randomisation=(setarch --addr-no-randomize)
  echo "== tsan: testing"
  "${without_randomisation[@]}" ctest --preset tsan --parallel "$cores" --label-regex threads
}

run_fuzz() {
  SEED=1 scripts/fuzz.sh 60 # says the same of the same code
}

case ${1:-} in
  '') runs=(run_dev) ;;
  --asan) runs=(run_asan) ;;
  --tsan) runs=(run_tsan) ;;
  --fuzz) runs=(run_fuzz) ;;
  --all) runs=(run_dev run_asan run_tsan run_fuzz) ;;
  *) echo "usage: scripts/test.sh [--asan | --tsan | --fuzz | --all]" >&2; exit 2 ;;
esac
scripts/setup.sh
for run in "${runs[@]}"; do "$run"; done
