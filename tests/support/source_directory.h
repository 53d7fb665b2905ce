#pragma once

// The top of the sources, for tests that read documents or run scripts.

#include <string>

namespace wm::test {

/// Absolute. Only one source is compiled with it, so that all others of a second checkout come from the
/// compiler's cache.
[[nodiscard]] std::string source_directory();

}  // namespace wm::test
