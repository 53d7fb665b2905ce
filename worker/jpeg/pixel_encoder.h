#pragma once

// Encodes pixels as a JPEG file with libjpeg: with the input's own quantisation tables and sampling if given,
// which no quality number can express. Independent of libvips and of the shared memory segment. One thread.

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "worker/jpeg/header_probe.h"

namespace wm {

/// 8-bit samples, row by row without gaps: 1 band (grey), 3 (RGB) or 4 (CMYK, 255 = full ink). Borrowed.
struct JpegPixels {
  int width = 0, height = 0, bands = 0;
  std::span<const std::byte> samples;
};

struct JpegEncoding {
  int quality = 85;  // on the Independent JPEG Group's scale; ignored if `tables` is set
  std::optional<JpegTables> tables;
  JpegSampling sampling{2, 2};
  bool progressive = false;
  bool ycck = false;  // CMYK as YCCK
};

/// Throws std::runtime_error with libjpeg's message, std::bad_alloc.
[[nodiscard]] std::vector<std::byte> encode_jpeg(const JpegPixels& pixels, const JpegEncoding& encoding,
                                                 std::span<const std::byte> icc_profile);

}  // namespace wm
