#pragma once

// Huffman tables for tests, as one writes them down.

#include <cstdint>
#include <span>
#include <vector>

#include "worker/jpeg/huffman_code.h"

namespace wm::test {

struct WrittenTable {
  std::vector<std::uint8_t> counts;  // of codes of 1, 2, ... bits
  std::vector<std::uint8_t> symbols;

  /// Refers to `symbols`.
  [[nodiscard]] jpeg::HuffmanDefinition definition() const {
    jpeg::HuffmanDefinition made{.values = std::as_bytes(std::span(symbols))};
    for (std::size_t i = 0; i < counts.size(); ++i) made.counts[i + 1] = counts[i];
    return made;
  }
  [[nodiscard]] std::vector<jpeg::Code> codes() const { return jpeg::codes_of(definition()); }
};

/// One code of each length, 0, 10, 110, ..., so that the longest is ones with a last zero.
[[nodiscard]] inline WrittenTable staircase(const std::vector<std::uint8_t>& symbols) {
  return {.counts = std::vector<std::uint8_t>(symbols.size(), 1), .symbols = symbols};
}

}  // namespace wm::test
