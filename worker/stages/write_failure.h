#pragma once

// What the file system refused while an output was written, as a TaskFailure (write_error) that knows whether
// the disk is full.

#include <cerrno>
#include <string>

#include "common/job/outcome.h"
#include "common/os/errno_error.h"

namespace wm {

/// `what` is what could not be done, `error` an errno.
[[nodiscard]] inline TaskFailure write_failure(const std::string& what, int error = errno) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return {FailureKind::write_error, what + ": " + errno_text(error),
          full ? Blame::output_disk : Blame::input};
}

}  // namespace wm
