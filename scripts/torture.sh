#!/usr/bin/env bash
# The long run: workers and supervisors die, again and again, and an oracle looks for what was lost.
#   scripts/torture.sh [SECONDS [SEED [PICTURES]]]  deaths at random; PICTURES: a folder of real ones (60 are used)
#   scripts/torture.sh --exhaustive                 every kill point, and every two of them, in every way; minutes
# Prints the seed, the deaths and the verdict; exit code 1 when something was lost.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/steps.sh
source scripts/steps.sh
[[ ${1:-} =~ ^([0-9]+|--exhaustive)?$ && ${2:-0} =~ ^[0-9]+$ && $# -le 3 ]] || {
  echo "usage: scripts/torture.sh [SECONDS [SEED [PICTURES]]] | --exhaustive" >&2
  exit 2
}
scripts/setup.sh
cmake --preset dev >/dev/null
cmake --build --preset dev --parallel "$cores" --target torture >/dev/null
torture=build/dev/bin/torture

if [[ ${1:-} != --exhaustive ]]; then
  exec "$torture" random "${1:-60}" "${2:-$RANDOM}" ${3:+"$3"}
fi
"$torture" points
"$torture" supervisor
failed=0
parts=()
count=$((cores * 8)) # a pair waits most of its time: for a start, for a restart
for ((part = 0; part < count; ++part)); do
  "$torture" pairs --shard "$part/$count" &
  parts+=($!)
done
for part in "${parts[@]}"; do wait "$part" || failed=1; done
exit "$failed"
