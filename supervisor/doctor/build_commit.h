#pragma once

// The commit that the program was built from. The build writes the source file that contains it
// (scripts/commit.cmake), and nothing else depends on it, so a commit makes nothing else compile again.

namespace wm {

/// "1e5b1964b3b1", with "-dirty" if the sources were changed after it; "" if it is unknown, as it is for
/// sources that were not taken from git.
[[nodiscard]] const char* build_commit() noexcept;

}  // namespace wm
