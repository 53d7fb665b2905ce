# shellcheck shell=bash
# Sourced by the scripts that build and test: each step is one line on the terminal, and everything that it prints goes
# to a file, which is named when the step fails.

[[ -w ${HOME:-/nonexistent} ]] || export CCACHE_DISABLE=1 # ccache keeps its files there, and fails without
# shellcheck disable=SC2034 # for the scripts that source this one
cores=$(nproc)
step_log=

# begin_steps LOG: steps write to LOG from now on.
begin_steps() {
  mkdir -p "$(dirname "$1")"
  step_log=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
  : >"$step_log"
}

# Shows how far Ninja ([3/290]) or CTest (3/72 Test) has come, in place.
show_progress() {
  local line
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+/[0-9]+)\]|^\ *([0-9]+/[0-9]+)\ Test ]] || continue
    printf '\r\033[K%s: %s' "$1" "${BASH_REMATCH[1]}${BASH_REMATCH[2]}"
  done
}

# step WHAT COMMAND...: runs it, and says how long it took. When it fails, prints the end of its output and fails.
step() {
  local what=$1 began=$SECONDS status=0 first
  shift
  first=$(($(wc -l <"$step_log") + 2))
  printf '== %s: %s\n' "$what" "$*" >>"$step_log"
  if [[ -t 1 ]]; then
    printf '%s' "$what"
    { "$@" 2>&1 | tee -a "$step_log" | show_progress "$what"; } || status=$?
    printf '\r\033[K'
  else
    "$@" >>"$step_log" 2>&1 || status=$?
  fi
  if [[ $status -eq 0 ]]; then
    printf '%-58s %5d s\n' "$what" $((SECONDS - began))
    return 0
  fi
  printf '%-58s %5d s  FAILED\n' "$what" $((SECONDS - began))
  tail -n "+$first" "$step_log" | tail -n 40 | sed 's/^/  | /'
  printf 'All that it printed: %s\n' "$step_log"
  return "$status"
}
