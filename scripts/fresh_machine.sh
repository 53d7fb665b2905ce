#!/usr/bin/env bash
# What a newcomer meets on a new machine: makes a minimal Debian 12 with mmdebstrap, puts a clone of this checkout into
# it, and runs the README's two commands there as an ordinary user with sudo. As root; by hand, and before a release.
#   scripts/fresh_machine.sh [MIRROR]   MIRROR: where Debian's packages come from; by default as on this machine
# Takes a quarter of an hour and 3 GB below TMPDIR. Exit code 0 when both commands passed; what they said is in
# build/fresh-machine.log, and their own logs are in build/fresh-machine-logs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/steps.sh
source scripts/steps.sh
[[ $# -le 1 ]] || { echo "usage: scripts/fresh_machine.sh [MIRROR]" >&2; exit 2; }
[[ $EUID -eq 0 ]] || { echo "fresh_machine.sh: only root can make and enter a machine; run it with sudo" >&2; exit 2; }

machine=$(mktemp -d "${TMPDIR:-/tmp}/fresh-machine.XXXXXX")
chmod 755 "$machine"
# The machine's /proc is mounted in a namespace of its own, so nothing of it is left when a command ends.
leave() { rm -rf --one-file-system "$machine"; }
trap leave EXIT

# enter COMMAND...: as the newcomer, in a namespace of mounts, with /proc, shared memory and terminals of its own.
enter() {
  # shellcheck disable=SC2016 # the inner shell expands them
  unshare --mount --pid --fork --kill-child bash -c '
    set -e
    machine=$1
    shift
    mount -t proc proc "$machine/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$machine/dev/shm"
    mkdir -p "$machine/dev/pts"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$machine/dev/pts"
    ln -sfn pts/ptmx "$machine/dev/ptmx"
    exec chroot "$machine" /usr/bin/env -i HOME=/home/newcomer USER=newcomer LANG=C.UTF-8 TERM=dumb \
      PATH=/usr/local/bin:/usr/bin:/bin setpriv --reuid newcomer --regid newcomer --init-groups "$@"
  ' enter "$machine" "$@"
}

make_machine() {
  local mirror=() directory
  if [[ -n ${1:-} ]]; then
    mirror=("$1")
  else
    # apt's own list, so that a machine behind a mirror uses it, too.
    for directory in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
      [[ ! -s $directory ]] || mirror+=("$directory")
    done
  fi
  # With how this machine reaches its mirror.
  mmdebstrap --variant=minbase --mode=root --include=sudo,ca-certificates,git bookworm "$machine" "${mirror[@]}" &&
    cp -a /etc/apt/apt.conf.d/. "$machine/etc/apt/apt.conf.d/" &&
    cp -L /etc/resolv.conf /etc/hosts "$machine/etc/"
}

add_newcomer() {
  chroot "$machine" useradd --create-home --shell /bin/bash newcomer &&
    echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >"$machine/etc/sudoers.d/newcomer" &&
    chmod 440 "$machine/etc/sudoers.d/newcomer" &&
    git clone --quiet --no-hardlinks . "$machine/home/newcomer/wm-supervisor" &&
    chroot "$machine" chown -R newcomer: /home/newcomer/wm-supervisor
}

begin_steps build/fresh-machine.log
scripts/setup.sh --machine
step 'Make a minimal Debian 12' make_machine "${1:-}"
step 'Add an ordinary user with sudo, and a clone' add_newcomer
status=0
for command in scripts/demo.sh scripts/test.sh; do
  step "Run $command there" enter bash -c "cd ~/wm-supervisor && ./$command" || status=1
done
rm -rf build/fresh-machine-logs
mkdir build/fresh-machine-logs
cp "$machine"/home/newcomer/wm-supervisor/build/{demo.log,test-logs/*,test/Testing/Temporary/LastTest.log} \
  build/fresh-machine-logs 2>/dev/null || true # a command that failed early left none
# What the commands installed is what a newcomer lacks at first.
printf 'Packages that they had to install: '
{ grep -h -o 'setup.sh: installing .*' "$machine"/home/newcomer/wm-supervisor/build/{demo.log,test-logs/setup.log} ||
  echo 'setup.sh: installing none'; } | sed 's/setup.sh: installing //'
printf 'skipped there: %s\n' "$(grep -c '^skipped: ' "$step_log" || true)"
grep '^skipped: ' "$step_log" || true
exit "$status"
