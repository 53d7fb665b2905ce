#pragma once

// What a JPEG file holds as libjpeg, independently of the code under test, reads it; and what a marked
// picture should hold at best, in double and by the definitions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/worker/jpeg/support/jpeg_maker.h"
#include "worker/jpeg/mark_layer.h"

namespace wm::test {

using CoefficientBlock = std::array<std::int16_t, 64>;  // natural order

struct OracleComponent {
  int horizontal = 1, vertical = 1;
  int columns = 0, rows = 0;  // blocks, padding up to whole MCUs included
  int real_columns = 0, real_rows = 0;
  std::array<std::uint16_t, 64> quantisers{};
  std::vector<CoefficientBlock> blocks;
  [[nodiscard]] const CoefficientBlock& block(int column, int row) const {
    return blocks[static_cast<std::size_t>(row * columns + column)];
  }
};

struct OraclePicture {
  int width = 0, height = 0;
  int max_horizontal = 1, max_vertical = 1;
  bool progressive = false;
  unsigned restart_interval = 0;
  std::vector<OracleComponent> components;
  std::string error, warning;  // of libjpeg; empty when there was none
};

[[nodiscard]] OraclePicture read_by_libjpeg(jpeg::Bytes file);
struct OraclePixels {
  int width = 0, bands = 0;
  std::vector<std::uint8_t> samples;  // row by row
};

/// The first component's samples, which are the luma where there is one; none after an error or warning.
[[nodiscard]] std::optional<OraclePixels> luma_by_libjpeg(jpeg::Bytes file);
[[nodiscard]] inline bool decodes_without_warning(jpeg::Bytes file) {
  return luma_by_libjpeg(file).has_value();
}

/// All segments but SOF, DHT, SOS and DRI with their bytes, and what follows EOI.
[[nodiscard]] std::vector<std::string> other_segments(jpeg::Bytes file);

/// Signal to noise of the touched MCUs against the blended picture before quantisation, in dB.
struct Fidelity {
  double ideal = 0;   // of the blended picture quantised once; both are 0 when no mark is seen
  double marked = 0;  // of `marked`
};
[[nodiscard]] Fidelity fidelity(const OraclePicture& source, const OraclePicture& marked,
                                const std::vector<jpeg::MarkLayer>& layers, bool rgb_inside);

}  // namespace wm::test
