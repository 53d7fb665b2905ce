#!/usr/bin/env bash
# Builds the program and marks pictures: scripts/demo.sh [INPUT OUTPUT]. Without a folder of your own it makes
# sample pictures below build/demo.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
demo=$root/build/demo
if [[ $# -ne 0 && $# -ne 2 ]] || [[ ${1:-} == -* ]]; then
  echo "usage: scripts/demo.sh [INPUT OUTPUT]" >&2
  exit 2
fi

# A grey cloud of `$2` x `$3` pixels with structures of `$4` pixels, `$5` picks which.
cloud() { vips perlin "$1" "$2" "$3" --cell-size "$4" --seed "$5"; }

# Picture number `$1`: hills under a sky, more or less; every third one is a portrait, every fourth a PNG.
make_picture() {
  local number=$1 width=1600 height=1067 suffix='.jpg[Q=88]' parts
  ((number % 3 != 0)) || { width=1067 height=1600; }
  ((number % 4 != 0)) || suffix=.png
  parts=$(mktemp -d)
  cloud "$parts/red.v" "$width" "$height" 512 "$number"
  cloud "$parts/green.v" "$width" "$height" 256 "$((number + 100))"
  vips grey "$parts/ramp.v" "$width" "$height" --uchar
  vips rot "$parts/ramp.v" "$parts/turned.v" d90
  vips resize "$parts/turned.v" "$parts/sky.v" "$(bc_free_ratio "$width" "$height")"
  rm -r "$parts"
}
