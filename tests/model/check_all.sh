#!/usr/bin/env bash
# All that the models say of the code as it is. Takes most of a minute of one core and less than 1 GB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

./check.sh task_slots
./check.sh wake_ups -DTASKS=2 -DDEATHS=2
./check.sh --live wake_ups -DTASKS=1 -DDEATHS=1 -DTIME_OUTS -DLOSSY
./check.sh log_lane -DWORKERS=1 -DRECORDS=4 -DDEATHS=3
./check.sh --some-unreached log_lane -DWORKERS=2 -DRECORDS=2 -DRING=2 -DDEATHS=1 -DONE_IS_MORTAL
./check.sh --live log_lane -DWORKERS=1 -DRING=2 -DDEATHS=2 -DTIME_OUTS -DLOSSY
