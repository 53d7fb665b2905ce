#!/usr/bin/env bash
# Makes the pictures in docs/images: draws a landscape and a logo, and lets the program mark them in every way
# that docs/marks.md shows. scripts/docs_pictures.sh [PROGRAM]; without one, it is
# build/release/bin/wm-supervisor.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$(realpath "${1:-$root/build/release/bin/wm-supervisor}")
images=$root/docs/images
"$root/scripts/setup.sh" --docs
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mkdir -p "$images/marks"
cd "$work"

# ---- what is marked ----------------------------------------------------------------------------------------

"$root/scripts/docs_scene.sh" >lake.svg
vips extract_area lake.svg cut.v 60 0 1200 800
vips flatten cut.v clean.v
vips resize clean.v small.png 0.4                     # 480x320
vips resize clean.v middle.png 0.25                   # 300x200
vips resize clean.v cell.png 0.2                      # 240x160
vips resize clean.v mini.png 0.13                     # 156x104
vips extract_area clean.v tall.v 250 0 533 800
vips resize tall.v tall.png 0.21                      # 112x168
vips linear cell.png bright.v 0.3 175 --uchar
vips copy bright.v bright.png --interpretation srgb
vips linear cell.png dark.v 0.35 0 --uchar
vips copy dark.v dark.png --interpretation srgb

cat >logo.svg <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" width="260" height="260" fill="none" stroke="white" stroke-width="14">
  <circle cx="130" cy="130" r="118"/>
  <path d="M32 178 L98 88 L134 138 L162 104 L228 178" stroke-linejoin="round"/>
  <circle cx="170" cy="70" r="16" fill="white" stroke="none"/>
</svg>
SVG
cat >disc.svg <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" width="240" height="240">
  <defs><linearGradient id="sweep" x2="1" y2="1">
    <stop offset="0" stop-color="#ff5a36"/><stop offset=".5" stop-color="#8a8a8a"/><stop offset="1" stop-color="#2a9d8f"/>
  </linearGradient></defs>
  <circle cx="120" cy="120" r="118" fill="url(#sweep)"/>
  <path d="M30 165 L95 80 L130 128 L158 95 L212 165" fill="none" stroke="white" stroke-width="16" stroke-linejoin="round"/>
</svg>
SVG
cat >sign.svg <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" width="320" height="150">
  <rect width="320" height="150" fill="white"/>
  <path d="M20 120 L80 35 L112 82 L138 50 L200 120" fill="none" stroke="#123a6b" stroke-width="14" stroke-linejoin="round"/>
  <circle cx="248" cy="76" r="46" fill="#d1495b"/><circle cx="248" cy="76" r="22" fill="white"/>
</svg>
SVG
vips copy sign.svg 'sign.jpg[Q=95]'

# ---- how -----------------------------------------------------------------------------------------------------

# marked PICTURE OPTIONS...: the file of that picture after a run of the program.
marked() {
  local picture=$1 output
  shift
  output=$(mktemp -d "$work/out-XXXXXX")
  "$program" --config /dev/null --quiet --workers 1 --output "$output" "$@" "$picture"
  echo "$output/$picture"
}

# stored FILE NAME: as it comes into the documentation.
stored() {
  vips copy "$1" "$images/marks/$2.jpg[Q=74,strip,optimize-coding]"
  echo "made docs/images/marks/$2.jpg"
}

# shot NAME OPTIONS...: one picture.
shot() {
  local name=$1
  shift
  stored "$(marked small.png "$@")" "$name"
}

# cell PICTURE LABEL OPTIONS...: a picture for the next board, with the label below.
cells=()
cell() {
  local picture=$1 text=$2 file width cell=cell-${#cells[@]}.v
  shift 2
  file=$(marked "$picture" "$@")
  width=$(vipsheader -f width "$file")
  vips text --font 'DejaVu Sans Mono 8' --dpi 96 -- letters.v "$text"
  vips invert letters.v dark-letters.v
  vips gravity dark-letters.v line.v centre "$width" 22 --extend white
  vips join "$file" line.v "$cell" vertical --expand
  cells+=("$cell")
}

# board NAME COLUMNS: all cells since the last one, beside and below each other.
board() {
  vips arrayjoin "${cells[*]}" board.v --across "$2" --shim 6 --background 255 --halign centre --valign low
  stored board.v "$1"
  cells=()
}

# ---- the picture of the README -----------------------------------------------------------------------------

# The grain of a film.
vips gaussnoise grain.v 1200 800 --sigma 3 --mean 0 --seed 7
vips add clean.v grain.v grainy.v
vips cast grainy.v bytes.v uchar
vips copy bytes.v 'photo.jpg[Q=90]' --interpretation srgb
after=$(marked photo.jpg --logo logo.svg --gravity southeast --offset 3% --scale 14% --opacity 0.85 \
  --text 'Northlight Pictures' --gravity southwest --offset 3%,4% --size 6% --font 'DejaVu Serif Italic' \
  --fill '#ffffffd9')
vips resize photo.jpg before.v 0.6
vips resize "$after" after.v 0.6
vips arrayjoin "before.v after.v" "$images/before_after.jpg[Q=82,strip,optimize-coding]" \
  --across 2 --shim 12 --background 255
echo "made docs/images/before_after.jpg"

# ---- the pictures of docs/marks.md, in its order -----------------------------------------------------------

logo=(--logo logo.svg)
name='Northlight Pictures'

shot logo "${logo[@]}" --scale 20% --offset 4%
shot text --text "© $name" --offset 4% --size 8%
shot several "${logo[@]}" --scale 14% --gravity northwest --offset 4% --opacity 0.8 \
  --text "$name" --font 'DejaVu Serif Italic' --size 8% --gravity southwest --offset 4% \
  --text '2026' --size 6% --gravity southeast --offset 4%

place=(--size 20px --offset 12px --stroke '2px,#00000090')
shot gravity --text northwest --gravity northwest "${place[@]}" --text north --gravity north "${place[@]}" \
  --text northeast --gravity northeast "${place[@]}" --text west --gravity west "${place[@]}" \
  --text center --gravity center "${place[@]}" --text east --gravity east "${place[@]}" \
  --text southwest --gravity southwest "${place[@]}" --text south --gravity south "${place[@]}" \
  --text southeast --gravity southeast "${place[@]}"

for offset in 0,0 10%,5% 60px,40px -20px,-20px; do
  cell cell.png "--offset $offset" "${logo[@]}" --scale 22% --gravity southeast --offset "$offset"
done
board offset 2
for scale in 10% 20% 40%; do cell cell.png "--scale $scale" "${logo[@]}" --scale "$scale" --offset 4%; done
board scale 3
for picture in mini.png tall.png; do
  for side in width height short long; do
    cell "$picture" "$side" "${logo[@]}" --scale 25% --scale-of "$side" --offset 4%
  done
done
board scale-of 4
for degrees in 0 20 90 -45; do
  cell cell.png "--rotate $degrees" --text Northlight --size 16% --gravity center --rotate "$degrees"
done
board rotate 2
for opacity in 1 0.6 0.3; do
  cell cell.png "--opacity $opacity" "${logo[@]}" --scale 42% --gravity center --opacity "$opacity"
done
board opacity 3
for mode in over multiply screen overlay darken lighten color-dodge color-burn hard-light soft-light difference exclusion; do
  cell mini.png "$mode" --logo disc.svg --scale 50% --gravity center --blend "$mode"
done
board blend 4

tile=(--text Northlight --size 9% --fill '#ffffffb0')
cell cell.png '--tile' "${tile[@]}" --tile --gap 24px
cell cell.png '--tile=brick' "${tile[@]}" --tile=brick --gap 24px
cell cell.png '--tile --rotate -30' "${tile[@]}" --tile --rotate -30
cell cell.png '--tile=brick --rotate -30' "${tile[@]}" --tile=brick --rotate -30
board tile 2
for gap in 0 20px 100%,50%; do
  cell cell.png "--gap $gap" "${logo[@]}" --scale 14% --tile --gap "$gap" --opacity 0.8
done
board gap 3
for what in shrink clip skip; do
  cell cell.png "--if-too-big $what" "${logo[@]}" --scale 120% --gravity center --opacity 0.8 --if-too-big "$what" --if-unmarked copy
done
board if-too-big 3
for base in bright dark; do
  for how in none auto; do
    cell "$base.png" "white, --contrast $how" --text Northlight --size 18% --gravity center --contrast "$how"
  done
done
board contrast 2
cell middle.png '--preset corner-logo' "${logo[@]}" --preset corner-logo
cell middle.png '--preset copyright-line' --text "© $name" --preset copyright-line
cell middle.png '--preset proof-tiles' --text PROOF --preset proof-tiles
board preset 3
cell cell.png 'no --key' --logo sign.jpg --scale 60% --gravity center
cell cell.png '--key white,15%' --logo sign.jpg --scale 60% --gravity center --key white,15%
board key 2

middle=(--text Northlight --gravity center)
for font in 'DejaVu Sans' 'DejaVu Sans Bold' 'DejaVu Serif Italic' 'DejaVu Sans Mono'; do
  cell cell.png "--font '$font'" "${middle[@]}" --size 20% --font "$font"
done
board font 2
file=$(fc-match --format '%{file}' 'DejaVu Serif:bold:style=Bold')
shot fontfile --text "$name" --fontfile "$file" --size 11% --gravity center
for size in 8% 16% 40px; do cell cell.png "--size $size" "${middle[@]}" --size "$size"; done
board size 3
bold=("${middle[@]}" --font 'DejaVu Sans Bold' --size 22%)
for fill in white '#ffd166' '#00000080'; do cell cell.png "--fill $fill" "${bold[@]}" --fill "$fill"; done
board fill 3
for stroke in none 2px,black '10%,#00000080'; do
  cell cell.png "--stroke $stroke" "${bold[@]}" --stroke "$stroke"
done
board stroke 3
for shadow in none 2px,2px,3px,#000000d0 '0,0,20%,#102040'; do
  cell cell.png "--shadow=$shadow" "${bold[@]}" --shadow="$shadow"
done
board shadow 3
for side in left center right; do
  cell cell.png "--align $side" --text $'Northlight\nPictures\nof lakes' --size 16% --gravity center --align "$side"
done
board align 3
cell cell.png Latin --text 'Größe, façade, Łódź' --size 14% --gravity center
cell cell.png Chinese --text '北光图片社' --size 22% --gravity center
cell cell.png Arabic --text 'صور الشمال' --size 22% --gravity center
cell cell.png emoji --text 'lake 🏔️ 📷' --size 22% --gravity center
board scripts 2

cp small.png lake-0042.png
line='{stem}, {width}x{height}, no. {counter:05}'
stored "$(marked lake-0042.png --text "$line" --size 6% --offset 3% --gravity southwest)" variables

"$program" preview small.png --config /dev/null --quiet --output preview.png "${logo[@]}" --scale 22% --offset 4% \
  --text Northlight --rotate -20 --size 14% --gravity west --offset 5%
stored preview.png preview
mkdir photos
number=1
for place in 0,250 300,200 600,300 150,380; do
  vips extract_area clean.v "photos/lake-$number.png" "${place%,*}" "${place#*,}" 600 400
  number=$((number + 1))
done
vips extract_area clean.v photos/tall.png 300 0 400 800
head -c 2000 photo.jpg >photos/broken.jpg
printf 'photos/%s\n' lake-1.png lake-2.png lake-3.png tall.png broken.jpg lake-4.png >list
"$program" --config /dev/null --quiet --preview 6 --preview-file sheet.png --output never "${logo[@]}" --scale 20% \
  --offset 4% --files-from list 2>/dev/null
vips resize sheet.png sheet.v 0.5
stored sheet.v sheet
