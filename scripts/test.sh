#!/usr/bin/env bash
# Builds and runs the tests. Without an option: unit tests, integration tests, deaths at every place and the small
# models. Options, alone or together:
#   --asan   all tests, built by Clang, under AddressSanitizer and UndefinedBehaviorSanitizer
#   --tsan   the tests of what threads share, under ThreadSanitizer
#   --fuzz   a minute of fuzzing
#   --clang  program and tests built by Clang, without precompiled headers
#   --lint   format, shellcheck, clang-tidy
#   --all    all of these, every pair of deaths, the large models, the demo, a run of the installed program
#   --ci     what continuous integration runs: the tests above, sanitizers where bytes are hostile (built by Clang) or
#            threads share memory, fuzzing, lint of what has changed, the demo, and a run of the installed program
# Exit code 0 when everything passed. Logs: build/test-logs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/steps.sh
source scripts/steps.sh
logs=build/test-logs
passed=0 failed=0 skips=()
broken=()   # parts that failed
failures=() # PRESET/TEST
failure_texts=

# count_tests LOG OUTPUTS: counts what CTest says in LOG, and remembers what could not run here.
count_tests() {
  local summary='tests passed, ([0-9]+) tests failed out of ([0-9]+)' line
  while IFS= read -r line; do
    if [[ $line =~ $summary ]]; then
      failed=$((failed + BASH_REMATCH[1]))
      passed=$((passed + BASH_REMATCH[2] - BASH_REMATCH[1]))
    elif [[ $line == *'***Skipped'* ]]; then # CTest counts it as passed
      passed=$((passed - 1))
    fi
  done <"$1"
  count_skips "$2"
}

# remember_failures PRESET: of the run of CTest that has just ended, with the end of what each test printed.
remember_failures() {
  local directory=build/$1/Testing/Temporary test
  [[ -e $directory/LastTestsFailed.log ]] || return 0 # CTest itself failed
  while IFS=: read -r _ test; do
    failures+=("$1/$test")
    failure_texts+="failed: $1/$test"$'\n'
    failure_texts+=$(sed -n "/ Testing: $test\$/,/^<end of output>/p" "$directory/LastTest.log" |
      sed '1,/^Output:/d;/^-*$/d;/^<end of output>/d' | tail -n 25 | sed 's/^/  | /')$'\n'
  done <"$directory/LastTestsFailed.log"
}

count_skips() {
  local line
  while IFS= read -r line; do skips+=("$line"); done < <(sed -n 's/^SKIPPED: //p' "$1" | sort -u)
}

# run_tests PRESET WHAT WORDS...: CTest, with what the tests of one part need.
run_tests() {
  local preset=$1 what=$2 status=0 words=()
  shift 2
  # ThreadSanitizer does not start on kernels that randomise addresses more than it expects.
  if [[ $preset == tsan ]] && setarch --addr-no-randomize true 2>/dev/null; then words=(setarch --addr-no-randomize); fi
  step "$what" "${words[@]}" ctest --preset "$preset" --no-tests=error --parallel $((cores * 2)) "$@" || status=$? # tests wait a lot
  count_tests "$step_log" "build/$preset/Testing/Temporary/LastTest.log"
  [[ $status -eq 0 ]] || remember_failures "$preset"
  return "$status"
}

# configure PRESET [-DNAME=VALUE]...
configure() { step "$1: configure" cmake --preset "$@"; }

# build PRESET [TARGET]...: without targets, everything.
build() {
  local preset=$1 targets=()
  shift
  [[ $# -eq 0 ]] || targets=(--target "$@")
  step "$preset: build" cmake --build --preset "$preset" --parallel "$cores" "${targets[@]}"
}

# The preset of the tests: a developer's build is brought up to date; otherwise several sources are compiled as one, which
# a build from nothing does in less time.
if [[ -e build/dev/CMakeCache.txt ]]; then tested='dev'; else tested='test'; fi

part_dev() {
  configure "$tested" && build "$tested" && run_tests "$tested" "$tested: test" --label-exclude exhaustive
}

part_exhaustive() {
  configure "$tested" && build "$tested" && run_tests "$tested" "$tested: pairs of deaths, large models" --label-regex exhaustive
}

part_asan() { configure asan-ubsan && build asan-ubsan && run_tests asan-ubsan 'asan-ubsan: test'; }

# What reads hostile bytes: pictures, names, the segment, journals, snapshots.
part_asan_hostile() {
  configure asan-ubsan && build asan-ubsan label_hostile fuzzers &&
    run_tests asan-ubsan 'asan-ubsan: test what reads hostile bytes' --label-regex hostile
}

part_tsan() {
  configure tsan && build tsan label_threads && run_tests tsan 'tsan: test what threads share' --label-regex threads
}

part_fuzz() { step 'fuzz: build, and fuzz for a minute' env SEED=1 scripts/fuzz.sh 60; } # finds the same in the same code

part_clang() { configure clang && build clang; }

part_lint() { step 'lint: format, shellcheck, clang-tidy' scripts/lint.sh; }

part_lint_changed() {
  local status=0
  step 'lint: format, shellcheck, clang-tidy of what has changed' scripts/lint.sh --changed || status=$?
  count_skips "$step_log"
  return "$status"
}

part_demo() { step 'demo: scripts/demo.sh' scripts/demo.sh; }

part_install() { step 'install: into an empty prefix, and run from there' scripts/check_install.sh; }

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2
  exit 2
}

parts=()
whole='' # --all or --ci
left_out='sanitizers, Clang, fuzzing, lint, pairs of deaths and large models: scripts/test.sh --all'
for option in "$@"; do
  case $option in
    --asan | --tsan | --fuzz | --clang | --lint)
      [[ " ${parts[*]} " == *" ${option#--} "* ]] || parts+=("${option#--}")
      left_out='everything else'
      ;;
    --all)
      whole=$option
      parts=(dev exhaustive asan tsan fuzz clang lint demo install)
      left_out='nothing'
      ;;
    --ci)
      whole=$option
      parts=(dev asan_hostile fuzz tsan lint_changed demo install)
      left_out='pairs of deaths, large models, all else under sanitizers, Clang without precompiled headers, clang-tidy of all: scripts/test.sh --all'
      ;;
    *) usage ;;
  esac
done
[[ -z $whole || $# -eq 1 ]] || { echo "test.sh: $whole stands alone: it names all its parts itself" >&2; exit 2; }
[[ ${#parts[@]} -gt 0 ]] || parts=(dev)

began=$SECONDS
begin_steps "$logs/setup.log"
packages=()
[[ ! " ${parts[*]} " =~ \ (clang|fuzz|asan) ]] || packages+=(--fuzz)
[[ " ${parts[*]} " != *' lint'* ]] || packages+=(--lint)
[[ $whole != --ci ]] || packages+=(--monitoring --clusters)
step 'packages' scripts/setup.sh "${packages[@]}"
times=()
for part in "${parts[@]}"; do
  part_began=$SECONDS
  begin_steps "$logs/$part.log"
  "part_$part" || broken+=("$part")
  times+=("$part $((SECONDS - part_began)) s")
done

[[ ${#times[@]} -lt 2 ]] || (
  IFS=,
  printf 'Time of each part: %s\n' "${times[*]}" | sed 's/,/, /g'
)
for skip in "${skips[@]}"; do printf 'skipped: %s\n' "$skip"; done
printf '%s' "$failure_texts"
# Test programs; and test cases, models or sources that could not run here.
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "${#skips[@]}"
if [[ ${#broken[@]} -gt 0 ]]; then
  printf 'FAILED after %d s: %s (logs in %s). Skipped: %d. Left out: %s\n' $((SECONDS - began)) "${broken[*]}${failures[*]:+: ${failures[*]}}" "$logs" "${#skips[@]}" "$left_out"
  exit 1
fi
printf 'Passed in %d s. Skipped: %d. Left out: %s\n' $((SECONDS - began)) "${#skips[@]}" "$left_out"
