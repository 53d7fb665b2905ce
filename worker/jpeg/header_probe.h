#pragma once

// Reads a JPEG file's header with libjpeg for what libvips does not tell: quantisation tables, sampling,
// progression. Knows neither libvips nor the segment.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "worker/jpeg/quantisation.h"

namespace wm {

/// Sampling factors of the first component where all further ones have 1x1.
struct JpegSampling {
  int horizontal = 1, vertical = 1;
  bool operator==(const JpegSampling&) const = default;
};

/// Of each component, in natural order.
using JpegTables = std::array<QuantisationTable, 4>;

enum class JpegColours { grey, ycc, rgb, cmyk, ycck, other };

struct JpegTraits {
  int width = 0, height = 0;
  int components = 0;
  int quality = 0;                 // 1..100, see nearest_ijg_quality()
  bool exact_quality = false;      // the luma table is exactly that quality's
  bool chroma_subsampled = false;  // 4:2:0: the first component has twice the samples of the others each way
  bool progressive = false;
  std::uint64_t coefficient_bytes = 0;  // that libjpeg keeps until the last scan; 0: it needs one scan only
  JpegColours colours = JpegColours::other;
  std::optional<JpegTables> tables;          // none when a component lacks one, or it holds a zero
  std::optional<JpegSampling> luma_factors;  // none when the sampling is not of that kind
  std::string sampling;                      // "4:2:0", "4:4:4", "2x1,1x1,1x1" where there is no such name
};

/// None when libjpeg cannot read the header; the decoder then says why.
[[nodiscard]] std::optional<JpegTraits> probe_jpeg_header(std::span<const std::byte> file);

}  // namespace wm
