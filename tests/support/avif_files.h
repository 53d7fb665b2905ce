#pragma once

// AVIF files made when a test needs them, by libavif, and a look at them by another program (avifdec). One
// thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wm::test {

struct AvifRecipe {
  int width = 64, height = 48;
  int depth = 8;
  std::string chroma = "444";  // "422", "420", "400"
  bool alpha = false, premultiplied = false;
  bool full_range = true;
  std::array<int, 3> cicp{1, 13, 6};
  std::optional<int> rotation;                       // of 'irot': quarters against the clock
  std::optional<int> mirror;                         // mode of 'imir'
  std::optional<std::array<std::uint32_t, 4>> crop;  // x, y, width, height of a clean aperture
  std::optional<std::array<std::uint32_t, 2>> pixel_aspect;
  int grey_level = -1;  // 0..255: one colour instead of a gradient
  std::string icc, exif, xmp;
  std::vector<std::uint64_t> durations;  // of frames of a sequence, in 1/100 s; empty: a still
};

/// Encoded without loss. Fails the test case when that cannot be done.
[[nodiscard]] std::string avif_file(const AvifRecipe& recipe);

/// What `avifdec --info` says, by its words: "Bit Depth" is "10". Empty where it refuses the file. Skips the
/// test case where there is no avifdec.
struct AvifInfo {
  std::string all;
  [[nodiscard]] std::string of(const std::string& word) const;
};
[[nodiscard]] AvifInfo avif_info(const std::string& path);

/// A frame's planes as avifdec writes them to a Y4M file, 16 bits a sample where there are more than 8.
[[nodiscard]] std::string planes_by_avifdec(const std::string& path, int frame = 0);

}  // namespace wm::test
