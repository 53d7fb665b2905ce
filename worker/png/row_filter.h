#pragma once

// Filters rows of a PNG, so that they compress well: bytes become differences to their neighbours (ISO/IEC
// 15948 §9). Each row gets the one of the five types whose differences have the smallest sum, as the standard
// proposes (§12.8). One thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wm {

class RowFilter {
 public:
  /// `pixel_bytes`: the distance to the neighbour at the left, 1 to 8.
  RowFilter(std::size_t row_bytes, std::size_t pixel_bytes);

  /// The buffer for the next row before it is filtered; `row_bytes` long.
  [[nodiscard]] std::span<std::uint8_t> row() { return std::span(row_).subspan(pixel_bytes_); }

  /// Writes the filter type and the filtered row to `to`, which holds `row_bytes` + 1. Call it for
  /// consecutive rows.
  void filter(std::span<std::uint8_t> to);

 private:
  static constexpr std::size_t differences = 4;  // types 1 to 4: sub, up, average, Paeth

  std::size_t pixel_bytes_;
  std::vector<std::uint8_t> row_, above_;  // preceded by `pixel_bytes` zeros, left of the picture
  std::array<std::vector<std::uint8_t>, differences> filtered_;
};

}  // namespace wm
