#pragma once

// What the file system refused while an output was written, as a TaskFailure (write_error) that knows whether
// the disk is full, and names the option when a limit of ours was reached.

#include <sys/resource.h>

#include <cerrno>
#include <string>

#include "common/job/outcome.h"
#include "common/os/errno_error.h"

namespace wm {

/// What the user set as the largest output (RLIMIT_FSIZE, SIGXFSZ is ignored), in words; "" without a limit.
[[nodiscard]] inline std::string largest_output() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "";
  constexpr rlim_t mebibyte = rlim_t{1} << 20;
  const bool whole = limit.rlim_cur >= mebibyte && limit.rlim_cur % mebibyte == 0;
  return whole ? std::to_string(limit.rlim_cur / mebibyte) + " MiB"
               : std::to_string(limit.rlim_cur) + " bytes";
}

/// `what` is what could not be done, `error` an errno.
[[nodiscard]] inline TaskFailure write_failure(const std::string& what, int error = errno) {
  const std::string largest = error == EFBIG ? largest_output() : "";
  if (!largest.empty()) {
    return {FailureKind::write_error,
            what + ": it is larger than " + largest + "; allow more with --max-output (or ulimit -f)"};
  }
  const bool full = error == ENOSPC || error == EDQUOT;
  return {FailureKind::write_error, what + ": " + errno_text(error),
          full ? Blame::output_disk : Blame::input};
}

}  // namespace wm
