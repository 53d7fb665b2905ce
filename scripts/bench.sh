#!/usr/bin/env bash
# Measures the program: scripts/bench.sh [FOLDER LOGO]. FOLDER holds JPEGs; without one it makes some. Prints the
# cost of the shared queues, of the machinery around a task, of resuming a large job, throughput beside the Python pool that the
# program replaced (when python3-pil is there), what crashes cost, and memory. Machines are noisy: compare within one run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${ROUNDS:-5}
workers=${WORKERS:-$(nproc)}
tiny_files=${TINY_FILES:-100000}

if [[ $# -ne 0 && $# -ne 2 ]]; then
  echo "usage: scripts/bench.sh [FOLDER LOGO]" >&2
  exit 2
fi
"$root/scripts/setup.sh" --bench
cd "$root"
cmake --preset bench >/dev/null
cmake --build --preset bench --parallel "$(nproc)" >/dev/null
bin=$root/build/bench/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

folder=${1:-$work/pictures}
logo=${2:-$work/logo.png}
if [[ $# -eq 0 ]]; then
  mkdir "$folder"
  vips text "$logo" '<span foreground="white"> wm-supervisor </span>' --font 'DejaVu Sans Bold 40' --rgba
  for number in {1..8}; do
    vips perlin "$work/coarse.v" 1920 1280 --uchar --seed "$number" --cell-size 300
    vips gaussnoise "$work/noise.v" 1920 1280 --sigma 6 --mean 0 --seed "$number"
    vips add "$work/coarse.v" "$work/noise.v" "$work/grey.v"
    vips bandjoin "$work/grey.v $work/coarse.v $work/grey.v" "$work/joined.v"
    vips cast "$work/joined.v" "$work/cast.v" uchar
    vips copy "$work/cast.v" "$folder/p$number.jpg[Q=85]" --interpretation srgb
    for copy in {1..14}; do cp "$folder/p$number.jpg" "$folder/p${number}_$copy.jpg"; done
  done
fi
files=$(find "$folder" -maxdepth 1 -type f | wc -l)

# OUTPUT is new each time: ext4 looks long for a free inode where many files were deleted a moment ago.
run() { # OUTPUT WORKERS INPUT [OPTION...]
  "$bin/wm-supervisor" --quiet --workers "$2" -o "$1" --logo "$logo" --offset 16,16 --opacity 0.5 "${@:4}" "$3"
}
report() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1]+"/.wm-supervisor/report.json")); print(eval(sys.argv[2]))' "$1" "$2"; }
median() { sort -g | awk '{v[NR]=$1} END{print (NR % 2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }

echo "== shared queues, one operation"
"$bin/bench_queues" --benchmark_min_time=0.2 2>/dev/null | grep -vE '^-'

echo "== machinery per task: $tiny_files empty tasks, supervisor and one worker on one core"
mkdir "$work/tiny"
(cd "$work/tiny" && seq -f 't%07.0f.png' "$tiny_files" | xargs touch)
for _ in $(seq "$rounds"); do
  out=$(mktemp -d "$work/outXXXXXX")
  /usr/bin/env time -f '%M' -o "$work/peak" taskset -c 0 "$bin/wm-supervisor" --quiet --workers 1 \
    --worker-program "$bin/wm-null-worker" -o "$out" --logo "$logo" "$work/tiny"
  printf '%s %s\n' "$(report "$out" 'd["elapsed_s"]*1e6/d["inputs"]')" "$(cat "$work/peak")"
done >"$work/machinery"
printf 'microseconds per task %s, peak memory of the supervisor %s KB (medians of %s)\n' \
  "$(awk '{print $1}' "$work/machinery" | median)" "$(awk '{print $2}' "$work/machinery" | median)" "$rounds"

echo "== resume of a job with ${JOURNAL_ROWS:-1000000} files that are done, without the search for them"
"$bin/wm-journal-bench" "${JOURNAL_ROWS:-1000000}"

echo "== $files files of $folder, $workers workers, medians of $rounds rounds in turn"
has_pillow=$(/usr/bin/python3 -c 'import PIL' 2>/dev/null && echo yes || echo no)
for _ in $(seq "$rounds"); do
  out=$(mktemp -d "$work/outXXXXXX")
  run "$out" "$workers" "$folder" -q 85
  ours=$(report "$out" 'd["throughput_files_per_s"]')
  theirs=
  if [[ $has_pillow == yes ]]; then
    theirs=$(/usr/bin/python3 "$root/tests/bench/python_pool.py" "$folder" "$out/python" "$logo" "$workers")
  fi
  echo "$ours $theirs"
done >"$work/throughput"
printf 'wm-supervisor %s files/s' "$(awk '{print $1}' "$work/throughput" | median)"
if [[ $has_pillow == yes ]]; then
  printf ', Python pool %s files/s, ratio %s' "$(awk '{print $2}' "$work/throughput" | median)" \
    "$(awk '{print $1 / $2}' "$work/throughput" | median)"
fi
printf '\n'

files=${OVERHEAD_FILES:-10000}
echo "== the engine alone: $files files handed out one by one, and a share for each of $workers workers"
fill() { # FOLDER FILES: links to the pictures
  local pictures=("$folder"/*) picture
  mkdir "$1"
  for ((i = 0; i < $2; ++i)); do
    picture=${pictures[i % ${#pictures[@]}]}
    ln "$picture" "$1/$i.${picture##*.}" 2>/dev/null || ln -s "$picture" "$1/$i.${picture##*.}"
  done
}
fill "$work/many" "$files"
mkdir "$work/shares"
for ((i = 0; i < workers; ++i)); do touch "$work/shares/$i.jpg"; done
for _ in $(seq "$rounds"); do
  out=$(mktemp -d "$work/outXXXXXX")
  run "$out" "$workers" "$work/many"
  supervised=$(report "$out" 'd["elapsed_s"]')
  out=$(mktemp -d "$work/outXXXXXX")
  WM_SOLO_PICTURES=$work/many WM_SOLO_SHARES=$workers run "$out" "$workers" "$work/shares" \
    --worker-program "$bin/wm-solo-worker" --timeout 0
  echo "$supervised $(report "$out" 'd["elapsed_s"]')"
  rm -rf "$work"/out??????
done >"$work/overhead"
printf 'throughput handed out over throughput alone: %s (median of %s)\n' "$(awk '{print $2 / $1}' "$work/overhead" | median)" \
  "$rounds"

crash_files=${CRASH_FILES:-10000}
crashes=$((crash_files / 100))
echo "== crashes: $crash_files files without and with $crashes more that abort their worker, $workers workers"
fill "$work/good" "$crash_files"
cp -al "$work/good" "$work/mixed"
for ((i = 0; i < crashes; ++i)); do
  picture=("$work/good/$i".*)
  cp -al "${picture[0]}" "$work/mixed/abort-$i.${picture[0]##*.}"
done
for kind in good mixed; do
  # Files that crash are failures, and an exit code of 1.
  LD_PRELOAD=$bin/libabort-on-name.so run "$work/out-$kind" "$workers" "$work/$kind" --retries 0 || [[ $kind == mixed ]]
  seconds=$(report "$work/out-$kind" 'd["elapsed_s"]')
  [[ $kind == mixed ]] || without=$seconds
done
awk -v with="$seconds" -v without="$without" -v crashes="$crashes" -v workers="$workers" 'BEGIN {
  printf "%.1f s and %.1f s: the throughput of the others is %.3f of what it was; %.0f ms of worker time a crash\n",
    without, with, without / with, (with - without) * workers * 1000 / crashes }'
du -sk "$work/out-mixed/.wm-supervisor/crashes" | awk '{print "reports: " $1 " KB"}'

echo "== memory: sum of PSS of the supervisor and 8 workers, largest of samples"
run "$work/eight" 8 "$folder" -q 85 &
job=$!
largest=0
while kill -0 "$job" 2>/dev/null; do
  sum=0
  for pid in $(pgrep -f "^(wm-worker|$bin/wm-supervisor) " || true); do
    pss=$(awk '/^Pss:/{print $2}' "/proc/$pid/smaps_rollup" 2>/dev/null || true)
    sum=$((sum + ${pss:-0}))
  done
  ((sum > largest)) && largest=$sum
  sleep 0.2
done
wait "$job"
echo "$((largest / 1024)) MB"
