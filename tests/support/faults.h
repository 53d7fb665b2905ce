#pragma once

// Ways in which a process dies by its own doing, for tests of what is told about it. Each happens on the line
// of faults.cpp that ends in "// FAULT: KIND".

#include <string_view>

namespace wm::test {

/// segv, segv-in-thread, null-call, abort, fpe, ill, trap, sys, bus, throw, exit, heap-check, malloc-lock
/// (malloc holds its lock), smash (the stack), overflow, overflow-in-thread. Returns when the kind is none of
/// these.
void strike(std::string_view kind);

/// undumpable: PR_SET_DUMPABLE 0. no-ptrace: seccomp denies ptrace() and process_vm_readv(). Nothing when it
/// is none of these.
void confine(std::string_view how);

/// The line of the fault in faults.cpp, 0 when there is none of this kind.
[[nodiscard]] int line_of_fault(std::string_view kind);

}  // namespace wm::test
