#!/usr/bin/env bash
# Reads from finished programs what makes faults harder to exploit: scripts/hardening.sh PROGRAM... . Exit code 1 when
# something is missing. Needs readelf, objdump and nm (binutils, which the compiler needs, too).
set -euo pipefail
[[ $# -gt 0 ]] || { echo "usage: scripts/hardening.sh PROGRAM..." >&2; exit 2; }

failed=0
missing() {
  printf '%s: %s\n' "$1" "$2"
  failed=1
}

for program in "$@"; do
  [[ -r $program ]] || { missing "$program" "cannot be read"; continue; }
  dynamic=$(readelf --wide --dynamic "$program")
  segments=$(readelf --wide --segments "$program")
  imports=$(nm --dynamic --undefined-only "$program")
  code=$(objdump --disassemble --no-show-raw-insn "$program")
  grep -q 'FLAGS_1.*PIE' <<<"$dynamic" || missing "$program" "is no position-independent executable (-fPIE -pie)"
  grep -q GNU_RELRO <<<"$segments" || missing "$program" "leaves its relocations writable (-z relro)"
  grep -qE 'FLAGS_1.*NOW|BIND_NOW' <<<"$dynamic" || missing "$program" "binds symbols at their first use (-z now)"
  grep -q 'GNU_STACK.* RW ' <<<"$segments" || missing "$program" "has an executable stack"
  grep -q __stack_chk_fail <<<"$imports" || missing "$program" "has no stack protector (-fstack-protector-strong)"
  grep -qE '__[a-z]+_chk\b' <<<"$(grep -v __stack_chk_fail <<<"$imports")" ||
    missing "$program" "has no checked C library calls (-D_FORTIFY_SOURCE=3)"
  if readelf --file-header "$program" | grep -q X86-64; then
    # Functions that indirect branches may reach begin with the instruction that says so: more than the C runtime's few.
    [[ $(grep -c endbr64 <<<"$code") -gt 20 ]] ||
      missing "$program" "does not mark where indirect branches may go (-fcf-protection)"
    # A probe of a page of the stack, as is made for frames larger than one; with a lock prefix it is a barrier.
    grep -vE 'lock or' <<<"$code" | grep -E 'or[ql] +[$]0x0,.*[(]%rsp' >/dev/null ||
      missing "$program" "does not probe large frames (-fstack-clash-protection)"
  fi
done
exit "$failed"
