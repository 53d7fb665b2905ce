#!/usr/bin/env bash
# Ends everything that start.sh DIR started, also jobs whose slurmd was killed, and removes DIR.
#   stop.sh DIR [--keep-log]     keeps DIR/log
set -uo pipefail

[[ $# -ge 1 ]] || {
  echo 'usage: stop.sh DIR [--keep-log]' >&2
  exit 1
}
[[ -d $1 ]] || exit 0
dir=$(cd "$1" && pwd)
unset WM_SLURM_DIR SLURM_CONF # or it would count itself

# Daemons were started with WM_SLURM_DIR, and what runs in a job has SLURM_CONF and SLURM_JOB_ID. slurmstepd overwrites
# its environment, but has the log of its slurmd open.
members() {
  {
    grep -lszFx "WM_SLURM_DIR=$dir" /proc/[0-9]*/environ
    grep -lszFx "SLURM_CONF=$dir/slurm.conf" /proc/[0-9]*/environ | xargs -r grep -lsz '^SLURM_JOB_ID='
    grep -lsx slurmstepd /proc/[0-9]*/comm | while IFS= read -r comm; do
      find "${comm%comm}fd" -lname "$dir/*" -print -quit 2>/dev/null
    done
  } | grep -oE '^/proc/[0-9]+' | sort -u | cut -d/ -f3
}

# end SIGNAL SECONDS: sends the signal to all members once, and fails when some are still there after that time.
end() {
  local left sent='' deadline=$((SECONDS + $2))
  while
    mapfile -t left < <(members)
    [[ ${#left[@]} -gt 0 ]]
  do
    [[ $SECONDS -lt $deadline ]] || return 1
    [[ $sent ]] || kill "-$1" "${left[@]}" 2>/dev/null
    sent=yes
    sleep 0.2
  done
}

# slurmstepd ignores SIGTERM when its slurmctld is gone.
end TERM 3 || end KILL 30 || {
  echo "stop.sh: some processes do not end: $(members | tr '\n' ' ')" >&2
  exit 1
}
if [[ ${2:-} == --keep-log ]]; then
  rm -rf "$dir"/{state,spool,run,slurm.conf,munge.*}
else
  rm -rf "$dir"
fi
