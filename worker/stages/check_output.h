#pragma once

// The checks that every encoded file must pass before it is published, even without --verify: they are cheap.
//
//   its format's own rules   worker/soundness: headers, sizes, checksums, tables
//   what was meant           size, pages, duration of an animation, channels and bits as given to the encoder
//   its format's own reader  opens it (the decoder that inputs go through)
//
// The final bytes are checked, after the metadata has been carried over. JPEGs that were marked in place are
// exempt: the splice has walked through the whole scan and keeps the bytes around it.

#include <cstddef>
#include <span>

#include "worker/stages/verify.h"

namespace wm {

/// Throws TaskFailure (write_error), whose message describes the fault; std::bad_alloc.
void check_output(std::span<const std::byte> file, const Coded& coded);

}  // namespace wm
