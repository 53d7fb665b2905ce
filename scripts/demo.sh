#!/usr/bin/env bash
# Builds the program and marks pictures: scripts/demo.sh [INPUT OUTPUT]. Without a folder of yours it makes
# sample pictures in build/demo.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/steps.sh
source "$root/scripts/steps.sh"
demo=$root/build/demo
if [[ $# -ne 0 && $# -ne 2 ]]; then
  echo "usage: scripts/demo.sh [INPUT OUTPUT]" >&2
  exit 2
fi
input=${1:-$demo/pictures}
output=${2:-$demo/marked}
if [[ $# -eq 2 && ! -e $input ]]; then
  echo "demo.sh: there is no $input" >&2
  exit 2
fi

make_logo() {
  vips text "$1" '<span foreground="white" background="#103050"> wm-supervisor </span>' \
    --font 'DejaVu Sans Bold 48' --rgba
}

# Clouds of colour: picture number `$2` goes to `$1`/NAME. Every third stands upright, every fourth is a PNG.
make_picture() {
  local width=1600 height=1067 ending='.jpg[Q=88]' parts
  ((10#$2 % 3 != 0)) || { width=1067 height=1600; }
  ((10#$2 % 4 != 0)) || ending=.png
  parts=$(mktemp -d)
  vips perlin "$parts/light.v" "$width" "$height" --uchar --seed "$2" --cell-size 600
  vips perlin "$parts/tint.v" "$width" "$height" --uchar --seed "1$2" --cell-size 400
  vips perlin "$parts/grain.v" "$width" "$height" --uchar --seed "2$2" --cell-size 30
  vips bandjoin "$parts/light.v $parts/tint.v $parts/grain.v" "$parts/joined.v"
  printf '3 3 1 0\n0.9 0.0 0.2\n0.6 0.3 0.2\n0.3 0.7 0.2\n' >"$parts/mix.mat"
  vips recomb "$parts/joined.v" "$parts/mixed.v" "$parts/mix.mat"
  vips copy "$parts/mixed.v" "$parts/picture.v" --interpretation srgb
  vips cast "$parts/picture.v" "$1/picture-$2$ending" uchar
  rm -r "$parts"
}

# Each picture in a shell of its own, so that a command that fails ends it.
make_pictures() {
  local making
  making=$(mktemp -d "$demo/making.XXXXXX") &&
    printf '%s\n' {01..24} | xargs -P "$cores" -I NUMBER bash -euo pipefail -c 'make_picture "$@"' - "$making" NUMBER &&
    mv "$making" "$input" && return
  rm -rf "${making:-$demo/making.none}"
  return 1
}
export -f make_picture

begin_steps "$root/build/demo.log"
if ! "$root/scripts/setup.sh" --missing; then
  step 'Install packages' "$root/scripts/setup.sh"
fi
cd "$root" # where CMakePresets.json is
step 'Configure the release version' cmake --preset release
step 'Build it into build/release' cmake --build --preset release --parallel "$cores"
cd "$OLDPWD"

mkdir -p "$demo"
[[ -e $demo/logo.png ]] || step 'Make a logo' make_logo "$demo/logo.png"
[[ $# -ne 0 || -d $input ]] || step 'Make sample pictures' make_pictures
echo

command=("$root/build/release/bin/wm-supervisor" --recursive --output "$output"
  --logo "$demo/logo.png" --gravity southeast --offset 2% --scale 25% --opacity 0.6 -- "$input")
status=0
"${command[@]}" || status=$?
printf '\nThe marked pictures are in %s. The command was\n ' "$output"
printf ' %q' "${command[@]}"
printf '\n'
exit "$status"
