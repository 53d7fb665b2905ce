#pragma once

// Functions of the C and C++ libraries that a worker replaces, for itself and for the libraries it uses:
// pthread_create (each thread gets a SignalStack), exit, _exit, _Exit and quick_exit (a library that ends the
// process is a death to be explained), __cxa_throw (the origin of the last exception). The executable must
// export them: see worker/CMakeLists.txt.

#include <cstdint>

namespace wm::crash {

/// Resolves the original functions early, so that a dying process need not do it. Call it once.
void look_up_replaced_functions();

/// The origin of this thread's last throw: the return address of __cxa_throw, 0 if it never threw.
[[nodiscard]] std::uint64_t last_throw() noexcept;

}  // namespace wm::crash
