#pragma once

// Writes the pixels of a PNG with the project's own writer where possible. Interlaced files, huge pictures
// and samples that need conversion are left to libvips; few colours to reduce_colours.h.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <vips/vips8>

#include "common/job/encoding.h"
#include "worker/stages/picture.h"

namespace wm {

/// The writer needs twice the picture's size in addition to it: libvips compresses larger ones strip by
/// strip.
inline constexpr std::uint64_t most_png_bytes = std::uint64_t{256} << 20;

/// `image` is the image to save. Reads only its header.
[[nodiscard]] bool can_save_png(const Picture& picture, const vips::VImage& image, const Encoding& encoding);

/// `image` is in memory, and can_save_png() is true for it. Throws std::bad_alloc.
[[nodiscard]] std::vector<std::byte> save_png(const Picture& picture, const vips::VImage& image,
                                              const Encoding& encoding);

}  // namespace wm
