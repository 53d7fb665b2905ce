#pragma once

// The quality of a JPEG file, derived from its luma quantisation table: the nearest setting of the
// Independent JPEG Group's scale (jpeg_quality_scaling of libjpeg over the example tables of ITU T.81 Annex
// K.1). Pure.

#include <array>
#include <cstdint>

namespace wm {

using QuantisationTable = std::array<std::uint16_t, 64>;  // in natural, not zigzag, order

/// The luma table that libjpeg writes at `quality` 1..100, limited to baseline's 1..255.
[[nodiscard]] QuantisationTable ijg_luma_table(int quality);

/// 1..100; exact for tables made by ijg_luma_table(). The nearest has the smallest sum of absolute
/// differences; of two equally near qualities, the higher one.
[[nodiscard]] int nearest_ijg_quality(const QuantisationTable& luma);

}  // namespace wm
