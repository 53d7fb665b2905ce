#!/usr/bin/env bash
# Marks a picture of every mode that ImageMagick and Pillow can write, and makes docs/formats.md of what came
# out. Needs the packages that scripts/setup.sh --formats installs.
#   scripts/formats_matrix.sh [BIN_DIR [OUTPUT]]      default: build/release/bin docs/formats.md
set -euo pipefail
cd "$(dirname "$0")/.."

programs=${1:-build/release/bin}
document=${2:-docs/formats.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[[ -x $programs/wm-supervisor ]] || { echo "formats_matrix.sh: $programs/wm-supervisor is not built" >&2; exit 1; }
PATH=/usr/bin:$PATH python3 scripts/formats_matrix.py "$programs" "$work" >"$work/table.md"
mv "$work/table.md" "$document"
