#!/usr/bin/env bash
# Formats the C++ sources in place; with --check only says which ones differ, and fails then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
  '') mode=(-i) ;;
  --check) mode=(--dry-run --Werror) ;;
  *) echo "usage: scripts/format.sh [--check]" >&2; exit 2 ;;
esac
scripts/setup.sh --lint
find common supervisor worker tests \( -name '*.h' -o -name '*.cpp' \) -print0 |
  xargs -0 -n 20 -P "$(nproc)" clang-format --style=file "${mode[@]}"
