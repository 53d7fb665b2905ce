#!/usr/bin/env bash
# Marks a picture of every mode, compares the outputs with the inputs by other programs, and makes docs/formats.md of what
# came out. Needs what scripts/setup.sh installs.
#   scripts/formats_matrix.sh [BIN_DIR]      default: build/release/bin
set -euo pipefail
cd "$(dirname "$0")/.."

programs=${1:-build/release/bin}
[[ -x $programs/wm-supervisor ]] || { echo "formats_matrix.sh: $programs/wm-supervisor is not built" >&2; exit 1; }
/usr/bin/python3 tests/formats/matrix.py "$programs" docs/formats.md --update
