#pragma once

// JPEG files as libjpeg writes them, for tests and benchmarks.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "worker/jpeg/segments.h"

namespace wm::test {

using ByteVector = std::vector<std::byte>;

enum class Scans : std::uint8_t { one, one_per_component, progressive };

struct JpegRecipe {
  int width = 64, height = 48;
  int components = 3;
  std::array<std::pair<int, int>, 3> sampling{{{2, 2}, {1, 1}, {1, 1}}};  // horizontal, vertical
  int quality = 85;
  unsigned restart_interval = 0;
  bool optimised = false;
  Scans scans = Scans::one;
  bool rgb_inside = false;                              // components are R, G, B, marked by Adobe's segment
  std::vector<std::pair<int, std::string>> segments{};  // marker code and content
  unsigned seed = 1;
  bool flat = false;  // one colour instead of a busy picture
};

[[nodiscard]] ByteVector make_jpeg(const JpegRecipe& recipe);

struct IndexEntry {
  std::uint32_t size = 0, offset = 0;
};

enum class ByteOrder : bool { little, big };

/// The content of an APP2 segment with the index of a file of several pictures (CIPA DC-007). Entry i's size
/// is 4 bytes at 34 + 16 i, its offset at 38 + 16 i.
[[nodiscard]] std::string multi_picture_index(const std::vector<IndexEntry>& entries, ByteOrder order);

[[nodiscard]] jpeg::Bytes as_bytes(const std::string& text);

/// `file` with `insert` before position `at`.
[[nodiscard]] ByteVector inserted(ByteVector file, std::size_t at, const std::string& insert);

}  // namespace wm::test
