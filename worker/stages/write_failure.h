#pragma once

// Turns a file system's refusal while writing an output into a TaskFailure (write_error) that records whether
// the disk is full, and names the option when one of our own limits was reached.

#include <cerrno>
#include <string>

#include "common/job/outcome.h"
#include "common/os/errno_error.h"
#include "common/os/file_size_limit.h"

namespace wm {

/// `what` describes the failed action, `error` is an errno.
[[nodiscard]] inline TaskFailure write_failure(const std::string& what, int error = errno) {
  const std::string largest = error == EFBIG ? file_size_limit() : "";
  if (!largest.empty()) {
    return {FailureKind::write_error,
            what + ": it is larger than " + largest + "; allow more with --max-output (or ulimit -f)"};
  }
  const bool full = error == ENOSPC || error == EDQUOT;
  return {FailureKind::write_error, what + ": " + errno_text(error),
          full ? Blame::output_disk : Blame::input};
}

}  // namespace wm
