#pragma once

// Limits on the size of an input, so that no single file can take all of a worker's memory or minutes of its
// time. Each is checked against the numbers that the file itself declares, before a library reads it.

#include <cstdint>

namespace wm {

struct InputLimits {
  std::uint64_t file_bytes = std::uint64_t{1} << 30;  // --max-input
  std::uint64_t pixels = 500'000'000;                 // --max-pixels: of all frames or pages together
  std::uint64_t pages = 4096;                         // --max-pages: also frames of animations
  std::uint64_t parts = 100'000;                      // --max-parts: chunks, segments, blocks, tags, boxes
  std::uint64_t metadata_bytes = std::uint64_t{64} << 20;  // --max-metadata: unpacked size
  bool operator==(const InputLimits&) const = default;
};

}  // namespace wm
