#pragma once

// For tests that need something that is not available: a tool, a codec, a feature of the kernel, a privilege
// or the lack of one. Each prints "SKIPPED: TEST CASE: REASON" on a line of its own, which is how the script
// that runs the tests counts them: a program is one test for CTest, and its other test cases have run. On the
// thread of the test case.

#include <iostream>
#include <string_view>

#include "tests/support/catch.h"

namespace wm::test {

/// A part of the test case cannot run here; the rest of it goes on.
inline void skip_part(std::string_view reason) {
  std::cout << "SKIPPED: " << Catch::getResultCapture().getCurrentTestName() << ": " << reason << std::endl;
}

/// Ends the test case, or the current section of it, without failing it.
[[noreturn]] inline void skip(std::string_view reason) {
  skip_part(reason);
#if __has_include(<catch2/catch_all.hpp>)
  Catch::throw_test_skip_exception();
#else
  throw Catch::TestFailureException();  // is no failure without an assertion that failed; 2.13 has no SKIP
#endif
}

}  // namespace wm::test
