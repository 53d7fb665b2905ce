#pragma once

// The structural check of an AVIF file that was just written, before it is published: its boxes lie within
// the file, libavif opens it and decodes every frame, and these are as expected. Decoding takes about a
// hundredth of the encoding time.

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

/// A description of the fault; "" if there is none. Pure. Throws std::bad_alloc.
[[nodiscard]] std::string fault_of_avif(std::span<const std::byte> file, const ExpectedAvif& expected);

}  // namespace wm::avif
