#pragma once

// A damaged file in a form that decoders read, and what it lacks. Plain data.

#include <cstdint>

#include "worker/container/bytes.h"

namespace wm {

struct RepairedFile {
  container::Bytes bytes;
  std::uint32_t rows = 0;       // of the picture; 0 for an animation, whose frames are whole
  std::uint32_t lost_rows = 0;  // of these: with grey instead of some or all pixels
};

}  // namespace wm
