#pragma once

// What stb_image, a decoder that shares nothing with libjpeg, shows of a JPEG file.

#include <optional>

#include "tests/unit/worker/jpeg/support/jpeg_oracle.h"

namespace wm::test {

/// None when that decoder cannot read such a file. `bands` is 1 (luma) or 3 (RGB).
[[nodiscard]] std::optional<OraclePixels> decode_by_stb(jpeg::Bytes file, int bands);

}  // namespace wm::test
