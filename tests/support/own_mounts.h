#pragma once

// For programs whose tests mount file systems: before main(), they enter a mount namespace of their own.

#include <string>

#include "tests/support/small_disk.h"

namespace wm::test {

/// Why tests cannot mount anything here, "" when they can.
inline const std::string no_mounts = enter_own_mounts();  // before any thread starts

}  // namespace wm::test
