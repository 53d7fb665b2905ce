#pragma once

// Filters rows of a PNG, so that what follows of them compresses well: bytes become differences to their
// neighbours (ISO/IEC 15948 §9). Of the five types each row gets the one whose differences have the smallest
// sum, as the standard proposes (§12.8). One thread.

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

  /// Where the next row is to be written before it is filtered; `row_bytes` long.
  [[nodiscard]] std::span<std::uint8_t> row() { return std::span(row_).subspan(pixel_bytes_); }

  /// Writes the type of filter and the filtered row to `to`, which holds `row_bytes` + 1. Rows follow each
  /// other.
  void filter(std::span<std::uint8_t> to);

 private:
  static constexpr std::size_t differences = 4;  // types 1 to 4: sub, up, average, Paeth

  std::size_t pixel_bytes_;
  std::vector<std::uint8_t> row_, above_;  // after `pixel_bytes` zeros, which stand left of the picture
  std::array<std::vector<std::uint8_t>, differences> filtered_;
};

}  // namespace wm
