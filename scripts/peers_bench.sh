#!/usr/bin/env bash
# Measures the program beside others, in turn: scripts/peers_bench.sh FOLDER LOGO [ROUNDS]. Of FOLDER, these are measured when
# they are there: web/, small/ and large/ with JPEGs, prog/ with progressive ones, png/ with PNGs. Others run where they are
# installed: the Python pool that the program replaced (python3-pil), sharp (NODE_PATH leads to it), ImageMagick, GraphicsMagick.
# Prints files/s from the start of a program to its end and the size of its outputs, each round, and medians of the ratios of a
# round. None of the others waits for the disk, nor does --durability none. Compare within one run only. Needs python3.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ $# -lt 2 || $# -gt 3 ]]; then
  echo "usage: scripts/peers_bench.sh FOLDER LOGO [ROUNDS]" >&2
  exit 2
fi
folder=$(realpath "$1")
logo=$(realpath "$2")
rounds=${3:-3}
workers=${WORKERS:-2}
bin=${BIN:-$root/build/release/bin}
magick_files=${MAGICK_FILES:-60} # ImageMagick and GraphicsMagick need a process for each
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

has() {
  case $1 in
    python) /usr/bin/python3 -c 'import PIL' ;;
    sharp) node -e 'require("sharp")' ;;
    imagemagick) command -v convert ;;
    graphicsmagick) command -v gm ;;
  esac &>/dev/null
}

# Each of these takes KIND OUTPUT [OPTION...].
ours() {
  "$bin/wm-supervisor" --quiet --workers "$workers" -o "$2" --logo "$logo" --opacity 0.5 --offset 16,16 "${@:3}" "$folder/$1"
}
python() { /usr/bin/python3 "$root/tests/bench/python_pool.py" "$folder/$1" "$2" "$logo" "$workers"; }
sharp() { UV_THREADPOOL_SIZE=$workers node "$root/tests/bench/sharp_pool.js" "$folder/$1" "$2" "$logo" "$workers" "${3:-corner}"; }
some_files() { find "$folder/$1/" -maxdepth 1 -type f -printf '%f\0' | sort -z | sed -z -n "1,${magick_files}p"; }
imagemagick() {
  mkdir "$2"
  some_files "$1" | xargs -0 -P "$workers" -I{} convert "$folder/$1/{}" '(' "$logo" -channel A -evaluate multiply 0.5 +channel ')' \
    -gravity southeast -geometry +16+16 -composite -quality 85 "$2/{}"
}
graphicsmagick() {
  mkdir "$2"
  some_files "$1" |
    xargs -0 -P "$workers" -I{} gm composite -gravity southeast -geometry +16+16 -dissolve 50 -quality 85 "$logo" "$folder/$1/{}" "$2/{}"
}

# Files that are deleted make ext4 slow for those that are made next, so outputs stay until the end. Memory that the host of a
# virtual machine has not given yet is slow as well, so some is used before.
measure() { # GROUP NAME FILES COMMAND KIND [OPTION...]
  local output began ended bytes
  output=$(mktemp -d "$work/outputXXXXXX")/pictures
  sync
  /usr/bin/python3 -c 'b"x" * (1500 << 20)'
  began=$EPOCHREALTIME
  if ! "$4" "$5" "$output" "${@:6}" &>"$work/said"; then
    echo "peers_bench.sh: $2 failed on $5:" >&2
    cat "$work/said" >&2
    exit 1
  fi
  ended=$EPOCHREALTIME
  awk -v OFS='\t' -v group="$1" -v name="$2" -v files="$3" -v began="$began" -v ended="$ended" \
    'BEGIN { print group, name, files / (ended - began) }' >>"$work/rates"
  bytes=$(find "$output" -maxdepth 1 -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
  awk -F '\t' -v bytes="$bytes" 'END { printf "%-6s %-32s %8.1f files/s %8.1f MB\n", $1, $2, $3, bytes / 1e6 }' "$work/rates"
}
count() { find "$folder/$1/" -maxdepth 1 -type f | wc -l; }
fewer() { echo $(($(count "$1") < magick_files ? $(count "$1") : magick_files)); }

kinds=()
for kind in web small large prog png; do
  [[ -d $folder/$kind ]] && kinds+=("$kind")
done
if [[ ${#kinds[@]} -eq 0 ]]; then
  echo "peers_bench.sh: $folder has none of the folders web, small, large, prog and png; put JPEGs into $folder/web" >&2
  exit 2
fi
if [[ ! -x $bin/wm-supervisor ]]; then
  echo "peers_bench.sh: $bin/wm-supervisor is not built; run cmake --preset release && cmake --build --preset release" >&2
  exit 2
fi

for round in $(seq "$rounds"); do
  echo "== round $round"
  for kind in "${kinds[@]}"; do
    files=$(count "$kind")
    measure "$kind" wm-supervisor "$files" ours "$kind"
    measure "$kind" 'wm-supervisor --durability none' "$files" ours "$kind" --durability none
    if [[ $kind != png ]]; then
      measure "$kind" 'wm-supervisor through pixels' "$files" ours "$kind" --jpeg-path pixel -q 85
      ! has python || measure "$kind" 'Python pool' "$files" python "$kind"
    fi
    ! has sharp || measure "$kind" sharp "$files" sharp "$kind"
    [[ $kind == web ]] || continue
    ! has imagemagick || measure "$kind" ImageMagick "$(fewer "$kind")" imagemagick "$kind"
    ! has graphicsmagick || measure "$kind" GraphicsMagick "$(fewer "$kind")" graphicsmagick "$kind"
    ! has sharp || {
      measure tiles wm-supervisor "$files" ours "$kind" --tile=grid
      measure tiles 'wm-supervisor through pixels' "$files" ours "$kind" --tile=grid --jpeg-path pixel -q 85
      measure tiles sharp "$files" sharp "$kind" tile
    }
  done
done

echo '== medians of ratios'
/usr/bin/python3 - "$work/rates" <<'PYTHON'
import collections, statistics, sys

rates = collections.defaultdict(lambda: collections.defaultdict(list))
for line in open(sys.argv[1]):
    group, name, rate = line.rstrip("\n").split("\t")
    rates[group][name].append(float(rate))
pixels = "wm-supervisor through pixels"
for group, programs in rates.items():
    ours = [name for name in programs if name.startswith("wm-supervisor")]
    for rival in [name for name in programs if name == pixels or name not in ours]:
        for name in [name for name in ours if name != rival]:
            ratio = statistics.median(a / b for a, b in zip(programs[name], programs[rival]))
            print(f"{group:6} {name:32} over {rival:28} {ratio:6.2f}")
PYTHON
