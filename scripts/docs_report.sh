#!/usr/bin/env bash
# Makes docs/images/report.png, the upper part of an HTML report: marks variations of the documentation's landscape, and
# opens the report in Chromium. scripts/docs_report.sh [PROGRAM]; without one, it is build/release/bin/wm-supervisor.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$(realpath "${1:-$root/build/release/bin/wm-supervisor}")
"$root/scripts/setup.sh" --docs
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
mkdir photos

"$root/scripts/docs_scene.sh" >lake.svg
vips extract_area lake.svg cut.v 60 0 1200 800
vips flatten cut.v lake.v
variation=0
# Left edge, top edge, width, height, factors of red, green and blue, and the file.
while read -r left top width height red green blue file; do
  vips extract_area lake.v part.v "$left" "$top" "$width" "$height"
  vips resize part.v large.v 2
  vips linear large.v shade.v "$red $green $blue" 0 --uchar
  vips copy shade.v "photo.$file" --interpretation srgb
  for copy in $(seq 0 99); do
    cp "photo.${file%%[*}" "photos/$(printf 'lake_%04d.%s' $((9 * copy + variation)) "${file%%[*}")"
  done
  variation=$((variation + 1))
done <<'PLACES'
0 0 1200 800 1 1 1 jpg[Q=88,strip]
200 150 900 600 1.05 0.95 0.9 jpg[Q=92,strip,interlace]
500 60 640 640 0.9 1 1.1 webp[Q=85,strip]
0 200 900 600 1.1 1 0.85 jpg[Q=80,strip]
300 0 533 800 1 0.95 1.05 png[strip]
620 200 580 580 0.85 0.9 1.05 jpg[Q=95,strip]
100 0 1050 700 1.1 0.9 0.95 jpg[Q=75,strip,interlace]
0 100 700 467 0.95 1 1 tif[strip,compression=deflate]
400 200 800 533 1 1 0.9 webp[Q=70,strip]
PLACES
for photo in photos/lake_0[0-6][09]0.jpg; do head -c 40000 "$photo" >part && mv part "$photo"; done
for number in 1 2 3; do echo "Thumbs" >"photos/notes_$number.jpg"; done
cat >logo.svg <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" width="260" height="260" fill="none" stroke="white" stroke-width="14">
  <circle cx="130" cy="130" r="118"/>
  <path d="M32 178 L98 88 L134 138 L162 104 L228 178" stroke-linejoin="round"/>
  <circle cx="170" cy="70" r="16" fill="white" stroke="none"/>
</svg>
SVG
"$program" --config /dev/null --quiet --output marked --logo logo.svg --gravity southeast --scale 18% --opacity 0.8 \
  photos || [[ $? == 1 ]] # some files are broken
"$program" report marked --html report.html
PYTHONPATH=$root/tests/support python3 - "$work/report.html" "$root/docs/images/report.png" <<'PYTHON'
import sys
import chromium
page, picture = sys.argv[1:]
browser = chromium.Chromium()
browser.emulate(1000)
browser.open(page)
browser.wait_for("document.documentElement?.dataset.ready === 'yes' && [...document.images].every((image) => image.complete)")
# What the documentation need not show.
browser.value("['where', 'steps', 'problems'].forEach((id) => document.getElementById(id).remove())")
browser.screenshot(picture, height=1640)
browser.close()
PYTHON
echo "made docs/images/report.png"
