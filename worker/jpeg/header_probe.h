#pragma once

// Reads a JPEG file's header with libjpeg for facts that libvips does not provide: quantisation tables,
// sampling, progression. Independent of libvips and of the shared memory segment.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "worker/jpeg/quantisation.h"

namespace wm {

/// Sampling factors of the first component if all others have 1x1.
struct JpegSampling {
  int horizontal = 1, vertical = 1;
  bool operator==(const JpegSampling&) const = default;
};

/// For each component, in natural order.
using JpegTables = std::array<QuantisationTable, 4>;

enum class JpegColours { grey, ycc, rgb, cmyk, ycck, other };

struct JpegTraits {
  int width = 0, height = 0;
  int components = 0;
  int quality = 0;                 // 1..100, see nearest_ijg_quality()
  bool exact_quality = false;      // the luma table is exactly that quality's
  bool chroma_subsampled = false;  // 4:2:0: the first component has twice the samples of the others each way
  bool progressive = false;
  std::uint64_t coefficient_bytes = 0;  // that libjpeg keeps until the last scan; 0: a single scan is enough
  JpegColours colours = JpegColours::other;
  std::optional<JpegTables> tables;          // nullopt when a component lacks one, or it holds a zero
  std::optional<JpegSampling> luma_factors;  // nullopt for any other kind of sampling
  std::string sampling;                      // "4:2:0", "4:4:4", "2x1,1x1,1x1" where there is no such name
};

/// Nullopt when libjpeg cannot read the header; the decoder then reports the reason.
[[nodiscard]] std::optional<JpegTraits> probe_jpeg_header(std::span<const std::byte> file);

}  // namespace wm
