#pragma once

// System calls that fail on a file, as on a broken disk or a file server that does not answer.

#include <string>

#include "tests/support/job.h"

namespace wm::test {

/// Runs a command of the job in which system calls on the file fail. `path`: as the program names it,
/// relative to a directory that it has open, too. `injection`: strace's words, "newfstatat:error=EIO:when=2".
/// Skips the test case where strace is missing or may not trace.
[[nodiscard]] ProgramResult run_with_error(const Job& job, const Words& command, const std::string& path,
                                           const std::string& injection);

}  // namespace wm::test
