#!/usr/bin/env bash
# Has SPIN search all states of a model:
#   check.sh [--live] [--some-unreached] [--fails TEXT] MODEL [-DNAME[=VALUE]]...
# --live: its LTL property, with fair scheduling, instead of assertions and invalid end states.
# --some-unreached: statements that are never reached are no error: a model of this size does not need them.
# --fails TEXT: the model is a wrong one and must be refuted with an error that begins with TEXT.
set -euo pipefail

live=0 some_unreached=0 fails=
while [[ ${1:-} == --* ]]; do
  case $1 in
    --live) live=1 ;;
    --some-unreached) some_unreached=1 ;;
    --fails) fails=$2 && shift ;;
    *) echo "check.sh: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
model=$1
shift
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if ! command -v spin >/dev/null; then
  echo "SKIPPED: model $model $*: SPIN is not installed; run scripts/setup.sh"
  exit 77 # CTest: skipped
fi

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cp "$sources/$model.pml" "$directory"
cd "$directory"
spin -a "$@" "$model.pml" >spin.out || { cat spin.out; exit 1; }
if [[ $live == 1 ]]; then
  compile=(-DNFAIR=3) run=(-a -f)
else
  compile=(-DSAFETY -DNOCLAIM) run=()
fi
# An error is found after few states: there the compiler takes longer than the search, and -O0 is faster than -O1.
# -O2 saves nothing over -O1.
if [[ -n $fails ]]; then compile+=(-O0); else compile+=(-O1); fi
"${CC:-cc}" -w -DCOLLAPSE -DMEMLIM=1000 "${compile[@]}" -o pan pan.c # at most 1000 MB
began=$SECONDS
./pan -m100000 "${run[@]}" >pan.out 2>&1 || true # the search's depth, above which it is reported as incomplete
echo "$model $*: $(grep -oE '^ *[0-9]+ states, stored' pan.out | tr -d ,| xargs), $((SECONDS - began)) s"

wrong() {
  cat pan.out
  echo "$model $*: $reason"
  exit 1
}
if [[ -n $fails ]]; then
  reason="this model was to be refuted with: $fails"
  grep -q "^pan:1: $fails" pan.out || wrong "$@"
  grep "^pan:1:" pan.out
  exit 0
fi
reason="refuted"
grep -q 'errors: 0$' pan.out || wrong "$@"
reason="not all states were searched"
! grep -qE 'Search not completed|max search depth too small|out of memory' pan.out || wrong "$@"
if [[ $live == 0 && $some_unreached == 0 ]]; then
  reason="statements are never reached, so nothing was shown about them"
  ! sed -n '/^unreached/,$p' pan.out | grep '\.pml:' | grep -v -- '"-end-"' || wrong "$@"
fi
