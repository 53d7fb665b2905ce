#pragma once

// What every file that an encoder wrote must pass before it is published, also without --verify: it is cheap.
//
//   its format's own rules   worker/soundness: headers, sizes, checksums, tables
//   what was meant           size, pages, length of an animation, channels and bits as the encoder was given
//   its format's own reader  opens it (the decoder that inputs go through)
//
// The final bytes are checked, after the metadata has been carried over. JPEGs that were marked in place are
// not: the splice has walked through all of the scan and keeps the bytes around it.

#include <cstddef>
#include <span>

#include "worker/stages/verify.h"

namespace wm {

/// Throws TaskFailure (write_error), which says what is wrong; std::bad_alloc.
void check_output(std::span<const std::byte> file, const Coded& coded);

}  // namespace wm
