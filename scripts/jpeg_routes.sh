#!/usr/bin/env bash
# Marks all JPEG files below some folders that djpeg reads without a warning, and says which way they went and why:
# scripts/jpeg_routes.sh FOLDER... Fails when one of them failed, or went through pixels for a reason that
# docs/jpeg_in_place.md does not have. PRESET says which build is used (dev).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
[[ $# -gt 0 ]] || {
  echo "usage: scripts/jpeg_routes.sh FOLDER..." >&2
  exit 2
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/in"

count=0
warned=0
while IFS= read -r -d '' file; do
  [[ $(head -c 2 "$file" | od -An -tx1) == ' ff d8' ]] || continue
  if djpeg -outfile /dev/null "$file" >/dev/null 2>"$scratch/words" && [[ ! -s $scratch/words ]]; then
    count=$((count + 1))
    ln -s "$(realpath "$file")" "$scratch/in/$(printf %05d $count)-$(basename "$file").jpg"
  else
    warned=$((warned + 1))
  fi
done < <(find "$@" -type f -print0 | sort -z)

build/"${PRESET:-dev}"/bin/wm-supervisor --output "$scratch/out" --links follow --text M --size 8% --quiet "$scratch/in" || true
python3 - "$scratch/out/.wm-supervisor/report.json" docs/jpeg_in_place.md "$count" "$warned" <<'PYTHON'
import json
import sys

report = json.load(open(sys.argv[1]))
document = open(sys.argv[2]).read()
paths = report["jpeg_paths"]
print(f"{sys.argv[3]} JPEG files without a warning of djpeg, {sys.argv[4]} with one or an error")
for path in ("splice", "coefficients", "pixels"):
    print(f"{paths[path]:6} {path}")
unknown = 0
for reason, times in sorted(paths["reasons"].items()):
    words = reason.removeprefix("the file is damaged: ")
    known = f"`{words}`" in document
    unknown += not known
    print(f"{times:8} {reason}{'' if known else '  <- not in docs/jpeg_in_place.md'}")
for problem in report["problems"]:
    print(f"         failed: {problem['input']}: {problem['kind']}: {problem['message']}")
sys.exit(1 if unknown or report["problems"] else 0)
PYTHON
