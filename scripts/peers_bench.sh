#!/usr/bin/env bash
# Measures the program beside sharp and the Python pool, in turn: scripts/peers_bench.sh FOLDER LOGO [ROUNDS]. FOLDER holds
# web/ with JPEGs and png/ with PNGs. sharp runs where NODE_PATH leads to it (npm install sharp), the Python pool where
# python3-pil is. Prints files/s of each round, and medians of ratios; compare within one run only.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ $# -lt 2 ]]; then
  echo "usage: scripts/peers_bench.sh FOLDER LOGO [ROUNDS]" >&2
  exit 2
fi
folder=$1
logo=$2
rounds=${3:-3}
workers=${WORKERS:-2}
bin=${BIN:-$root/build/release/bin}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ours() { # KIND OPTION...: files/s from the start of the program to its end
  rm -rf "$work/ours"
  "$bin/wm-supervisor" --quiet --workers "$workers" -o "$work/ours" --logo "$logo" --opacity 0.5 "${@:2}" "$folder/$1"
  python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(round(r["marked"] / r["elapsed_s"], 1))' \
    "$work/ours/.wm-supervisor/report.json"
}
sharp() { # KIND corner|tile
  rm -rf "$work/sharp"
  UV_THREADPOOL_SIZE=$workers node "$root/tests/bench/sharp_pool.js" "$folder/$1" "$work/sharp" "$logo" "$workers" "$2"
}
python_pool() { # KIND
  rm -rf "$work/python"
  /usr/bin/python3 "$root/tests/bench/python_pool.py" "$folder/$1" "$work/python" "$logo" "$workers"
}
bytes() { find "$1" -maxdepth 1 -type f -printf '%s\n' | awk '{sum += $1} END {print sum}'; }
row() { # NAME OURS THEIRS: a round
  printf '%-28s ours %6s  theirs %6s  ratio %s\n' "$1" "$2" "$3" "$(awk -v a="$2" -v b="$3" 'BEGIN {printf "%.2f", a / b}')" |
    tee -a "$work/rows"
}

has_sharp=$(node -e 'require("sharp")' 2>/dev/null && echo yes || echo no)
has_pillow=$(/usr/bin/python3 -c 'import PIL' 2>/dev/null && echo yes || echo no)
for _ in $(seq "$rounds"); do
  if [[ $has_sharp == yes ]]; then
    row 'png, sharp' "$(ours png --offset 16,16)" "$(sharp png corner)"
    row 'png, bytes beside sharp' "$(bytes "$work/ours")" "$(bytes "$work/sharp")"
    row 'tiles on web, sharp' "$(ours web --tile=grid)" "$(sharp web tile)"
    row 'tiles through pixels, sharp' "$(ours web --tile=grid --jpeg-path pixel -q 85)" "$(sharp web tile)"
  fi
  if [[ $has_pillow == yes ]]; then
    row 'web through pixels, Python' "$(ours web --offset 16,16 --jpeg-path pixel -q 85)" "$(python_pool web)"
  fi
done
echo "== medians of ratios"
sort -k1,1 "$work/rows" | awk '{ name = substr($0, 1, 28); print name "\t" $NF }' | sort -t $'\t' -k1,1 -k2,2g |
  awk -F '\t' '{ if ($1 != last && n) flush(); last = $1; v[++n] = $2 }
    function flush() { print last, (n % 2) ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2; n = 0 }
    END { if (n) flush() }'
