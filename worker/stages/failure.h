#pragma once

// The single place where exceptions thrown by a stage become a TaskFailure.

#include <exception>

#include "common/job/outcome.h"

namespace wm {

/// The task's failure for `error`, thrown in `stage`. Clears libvips' error buffer, so libvips must have been
/// started.
///   a TaskFailure                          stays as it is
///   std::bad_alloc, libvips out of memory  out_of_memory
///   anything else while decoding           corrupt; decoders' errors arrive as TaskFailure
///   (decode_failure.h) anything else later                    unsupported: pixels that decoded cannot be
///   converted or encoded
[[nodiscard]] TaskFailure as_task_failure(const std::exception& error, Stage stage);

}  // namespace wm
