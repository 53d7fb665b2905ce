#pragma once

// The structural check of an AVIF file that was just written, before it is published: its boxes lie within
// the file, libavif opens it and decodes every frame, and they are what was meant. Decoding takes about a
// hundredth of what encoding took.

#include <cstddef>
#include <span>
#include <string>

namespace wm::avif {

struct ExpectedAvif {
  int width = 0, height = 0;  // visible, as stored
  int depth = 8;
  bool alpha = false;
  bool grey = false;
  int frames = 1;
};

/// What is wrong with it; "" when nothing is. Pure. Throws std::bad_alloc.
[[nodiscard]] std::string fault_of_avif(std::span<const std::byte> file, const ExpectedAvif& expected);

}  // namespace wm::avif
