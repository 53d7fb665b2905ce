#!/usr/bin/env bash
# Compares exiftool's tags of inputs and outputs: scripts/compare_metadata.sh IN OUT [JOB_DIR]. Says, file by file, what
# was lost, changed or added beyond what docs/metadata.md says is to be expected, and which losses no note of the job
# reports (JOB_DIR: OUT/.wm-supervisor when that is there). Fails when there is anything to say; 2: wrong use.
set -euo pipefail
if [[ $# -lt 2 || $# -gt 3 ]]; then
  echo "usage: scripts/compare_metadata.sh IN OUT [JOB_DIR]" >&2
  exit 2
fi
for directory in "$@"; do
  [[ -d $directory ]] || { echo "compare_metadata.sh: $directory is not a directory" >&2; exit 2; }
done
for tool in exiftool python3; do
  command -v "$tool" >/dev/null || { echo "compare_metadata.sh: $tool is missing; run scripts/setup.sh" >&2; exit 2; }
done
exec python3 "$(dirname "${BASH_SOURCE[0]}")/compare_metadata.py" "$@"
