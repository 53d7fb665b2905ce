#!/usr/bin/env bash
# Writes the tables of options in docs/man/wm-supervisor.1 as the option table has them. After a change of an option's help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cmake --preset dev >/dev/null
cmake --build --preset dev --parallel "$(nproc)" --target test_cli
WM_WRITE_MANUAL=1 build/dev/bin/test_cli "the tables of the manual page are the option table"
