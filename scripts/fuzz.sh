#!/usr/bin/env bash
# Feeds hostile files to the JPEG engine, the metadata editor, the readers of AVIF, GIF, TIFF, HEIF boxes, owners of jobs and evidence, and the checks
# of outputs under AddressSanitizer and UndefinedBehaviorSanitizer: scripts/fuzz.sh [SECONDS]. SECONDS (60) are shared by the fuzzers; SEED makes a run
# repeat another. What breaks one is left in build/fuzz/finds, and the script fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-60}
if [[ $# -gt 1 || ! $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: scripts/fuzz.sh [SECONDS]" >&2
  exit 2
fi
# shellcheck source=scripts/steps.sh
source scripts/steps.sh
fuzzers=(avif_fuzz evidence_fuzz gif_fuzz heif_fuzz jpeg_fuzz metadata_fuzz owner_fuzz soundness_fuzz tiff_fuzz)
each=$(((seconds + ${#fuzzers[@]} - 1) / ${#fuzzers[@]}))

scripts/setup.sh --fuzz
cmake --preset asan-ubsan >/dev/null
cmake --build --preset asan-ubsan --parallel "$cores" --target fuzzers

finds=build/fuzz/finds
failed=0
for fuzzer in "${fuzzers[@]}"; do
  corpus=tests/fuzz/corpus/${fuzzer%_fuzz}
  new=build/fuzz/corpus/$fuzzer # grows from run to run; the sources' corpus stays as it is
  mkdir -p "$new" "$finds/$fuzzer"
  echo "== $fuzzer, $each s"
  UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 "build/asan-ubsan/bin/$fuzzer" -seed="${SEED:-0}" -max_len=4096 -timeout=10 \
    -rss_limit_mb=1024 -max_total_time="$each" -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$finds/$fuzzer/" "$new" "$corpus" || failed=1
done
exit "$failed"
