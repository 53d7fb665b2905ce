#pragma once

// The inputs of memory_need.h, taken from a picture whose header was read.

#include "common/job/encoding.h"
#include "worker/stages/memory_need.h"
#include "worker/stages/picture.h"

namespace wm {

/// `picture.image` is a header.
[[nodiscard]] MemoryNeed need_of_pixels(const Picture& picture, const Encoding& encoding, bool verify);

/// `picture` is a JPEG whose header was read.
[[nodiscard]] MemoryNeed need_in_place(const Picture& picture);

}  // namespace wm
