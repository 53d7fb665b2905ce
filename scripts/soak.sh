#!/usr/bin/env bash
# Hours, compressed: scripts/soak.sh [FILES [RECYCLE [TEXT]]] marks that many tiny pictures (default 200000, workers replaced
# after 500; 0: never) and looks twice a second at what supervisor and workers hold. TEXT is the mark instead of a logo, as
# '{counter:05} {filename}', which is drawn anew for each picture. WORKERS says how many. Exit code 1 when resident memory
# near the end differs by more than 10 % from that at one tenth of the way, or when the number of the supervisor's
# descriptors grew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
files=${1:-200000}
recycle=${2:-500}
text=${3:-}
scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --parallel "$(nproc)" >/dev/null
bin=$PWD/build/release/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

vips black "$work/black.jpg" 64 48 --bands 3
vips text "$work/logo.png" 'x' --rgba
# A thousand files a directory, and hard links of them in the next ones.
mkdir -p "$work/in/0"
for ((number = 0; number < 1000 && number < files; ++number)); do cp "$work/black.jpg" "$work/in/0/$number.jpg"; done
for ((directory = 1; directory < files / 1000; ++directory)); do cp -al "$work/in/0" "$work/in/$directory"; done

options=(--quiet -r -o "$work/out")
[[ $recycle == 0 ]] || options+=(--recycle "$recycle")
[[ -z ${WORKERS:-} ]] || options+=(--workers "$WORKERS")
if [[ -n $text ]]; then
  options+=(--text "$text" --size 10)
else
  options+=(--logo "$work/logo.png")
fi
"$bin/wm-supervisor" "${options[@]}" "$work/in" &
supervisor=$!

resident() { # PID...: KiB
  local sum=0 size pid
  for pid; do
    size=$(awk '/^VmRSS/ {print $2}' "/proc/$pid/status" 2>/dev/null) || size=0
    sum=$((sum + ${size:-0}))
  done
  echo "$sum"
}
began=$SECONDS
while kill -0 "$supervisor" 2>/dev/null; do
  mapfile -t workers < <(pgrep -P "$supervisor" || true)
  descriptors=("/proc/$supervisor/fd/"*)
  echo "$((SECONDS - began)) $(resident "$supervisor") $(resident "${workers[@]}") ${#workers[@]} ${#descriptors[@]}"
  sleep 0.5
done >"$work/samples"
wait "$supervisor"

# Means over the samples around one tenth of the way and around the end.
awk -v files="$files" '
  { line[NR] = $0 }
  function mean(first, last, column,   i, n, sum, part) {
    for (i = first; i <= last; ++i) { split(line[i], part, " "); sum += part[column]; ++n }
    return n ? sum / n : 0
  }
  function window(share) { low = int(NR * (share - 0.03)); if (low < 1) low = 1; high = int(NR * (share + 0.03)) + 1; if (high > NR) high = NR }
  END {
    split(line[NR], last, " ")
    printf "%d files in %d s, %d samples\n", files, last[1], NR
    names[2] = "supervisor, KiB resident"; names[3] = "workers, KiB resident"; names[5] = "supervisor, descriptors"
    for (column = 2; column <= 5; ++column) {
      if (column == 4) continue
      window(0.1); early = mean(low, high, column)
      window(0.96); late = mean(low, high, column)
      ratio = early ? late / early : 0
      printf "%-26s at 10 %%: %9.1f   at the end: %9.1f   ratio %.3f\n", names[column], early, late, ratio
      if (ratio > 1.1 || ratio < 0.9) bad = 1
    }
    exit bad
  }' "$work/samples"
