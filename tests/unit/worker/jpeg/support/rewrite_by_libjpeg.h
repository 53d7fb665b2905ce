#pragma once

// libjpeg's own progressive encoder, as a measure of size.

#include <vector>

#include "tests/unit/worker/jpeg/support/jpeg_maker.h"

namespace wm::test {

/// The coefficients of `file` in the scans of `script`, its restart interval kept. Ends the test program when
/// libjpeg meets an error.
[[nodiscard]] ByteVector rewrite_by_libjpeg(jpeg::Bytes file, const std::vector<jpeg::Scan>& script);

}  // namespace wm::test
