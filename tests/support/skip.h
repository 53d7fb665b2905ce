#pragma once

// A test that cannot run here says so: its program ends with its own exit code, which CTest shows as skipped.

#include <string>

#include "tests/support/catch.h"

namespace wm::test {

inline constexpr int exit_skipped = 77;  // SKIP_RETURN_CODE in tests/CMakeLists.txt

inline bool something_was_skipped = false;

/// The test case returns after this.
inline void skip(const std::string& reason) {
  WARN("SKIP: " << reason);
  something_was_skipped = true;
}

}  // namespace wm::test
