#!/usr/bin/env bash
# Starts a real Slurm on this machine alone, in a directory of its own: slurmctld, and a slurmd for each of six virtual
# nodes on loopback. As root or as any user; jobs run as that user, too.
#   start.sh DIR     prints DIR/slurm.conf, the value for SLURM_CONF
#   stop.sh DIR
# Needs the packages slurmctld, slurmd, slurm-client and munge. If the cluster does not come up, DIR/log stays.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
nodes=6 cpus=16 # of each node
patience=120    # seconds; ends a hang

die() {
  echo "start.sh: $*" >&2
  exit 1
}

[[ $# -eq 1 ]] || die 'usage: start.sh DIR'
mkdir -p "$1"
dir=$(cd "$1" && pwd)
[[ ! -e $dir/slurm.conf ]] || die "$dir is in use; stop.sh $dir"
[[ ${#dir} -le 80 ]] || die "the path $dir is too long for a socket"
mkdir -p "$dir"/{state,spool,run,log}
chmod 755 "$dir"         # munge's clients come through it
export WM_SLURM_DIR=$dir # by this stop.sh knows the processes of this cluster
export SLURM_CONF=$dir/slurm.conf

is_free() { ! { exec 9<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null; }

# A free port for the controller and one for each node, in a row, below the range of outgoing connections.
pick_ports() {
  local tries port
  for ((tries = 0; tries < 100; tries++)); do
    first_port=$((20000 + RANDOM % 10000))
    for ((port = first_port; port <= first_port + nodes; port++)); do is_free "$port" || continue 2; done
    return
  done
  die 'no free ports'
}

write_configuration() {
  local text lines='' i
  for ((i = 0; i < nodes; i++)); do
    lines+="NodeName=wm$i NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=$((first_port + 1 + i)) CPUs=$cpus State=UNKNOWN"$'\n'
  done
  text=$(<"$here/slurm.conf.in")
  text=${text//@HOST@/$(hostname)}
  text=${text//@USER@/$(id -un)}
  text=${text//@DIR@/$dir}
  text=${text//@CONTROLLER_PORT@/$first_port}
  text=${text//@NODES@/$lines}
  printf '%s\n' "$text" >"$SLURM_CONF"
}

wait_for() { # WHAT COMMAND...
  local what=$1 end=$((SECONDS + patience))
  shift
  until "$@" >/dev/null 2>&1; do
    [[ $SECONDS -lt $end ]] || {
      tail -n 5 "$dir"/log/* >&2 || true
      die "$what did not come up in time"
    }
    sleep 0.1
  done
}

start() { # NAME COMMAND...
  local name=$1
  shift
  setsid "$@" </dev/null >>"$dir/log/$name.out" 2>&1 &
}

all_idle() { [[ $(sinfo --noheader --Node --states=idle --format=%N | sort -u | wc -l) == "$nodes" ]]; }

give_up() {
  local code=$?
  [[ $code -eq 0 ]] || env -u WM_SLURM_DIR -u SLURM_CONF "$here/stop.sh" "$dir" --keep-log || true
}
trap give_up EXIT

pick_ports
write_configuration
mungekey --create --keyfile "$dir/munge.key"
# --force: munged does not like sockets below /tmp.
start munged munged --foreground --force --key-file "$dir/munge.key" --socket "$dir/munge.socket" \
  --pid-file "$dir/run/munged.pid" --log-file "$dir/log/munged.log" --seed-file "$dir/munge.seed" --num-threads 2
wait_for munged test -S "$dir/munge.socket"
start slurmctld slurmctld -D -c -f "$SLURM_CONF"
wait_for slurmctld scontrol ping
for ((i = 0; i < nodes; i++)); do
  mkdir -p "$dir/spool/wm$i"
  start "slurmd.wm$i" slurmd -D -N "wm$i" -f "$SLURM_CONF"
done
wait_for 'the nodes' all_idle
echo "$SLURM_CONF"
