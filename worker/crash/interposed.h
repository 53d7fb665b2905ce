#pragma once

// Functions of the C and C++ libraries that a worker replaces by its own, for itself and for the libraries it
// uses: pthread_create (each thread gets a SignalStack), exit, _exit, _Exit and quick_exit (a library that
// ends the process is a death to be explained), __cxa_throw (where the last exception came from). The
// executable must export them: see worker/CMakeLists.txt.

#include <cstdint>

namespace wm::crash {

/// So that none of it is left for the moment of a death. Call it once, early.
void look_up_replaced_functions();

/// Where this thread last threw: the return address of __cxa_throw, 0 when it never did.
[[nodiscard]] std::uint64_t last_throw() noexcept;

}  // namespace wm::crash
