#pragma once

// The one place where what a stage throws becomes a TaskFailure.

#include <exception>

#include "common/job/outcome.h"

namespace wm {

/// What `error`, thrown in `stage`, means for the task. Clears libvips' error buffer, so
/// libvips must have been started.
///   a TaskFailure                          stays as it is
///   std::bad_alloc, libvips out of memory  out_of_memory
///   anything else while decoding           corrupt; what a decoder says is a TaskFailure (decode_failure.h)
///   anything else later                    unsupported: pixels that decoded cannot be converted or encoded
[[nodiscard]] TaskFailure as_task_failure(const std::exception& error, Stage stage);

}  // namespace wm
