#pragma once

// Pixels of a PNG to the writer of the project, where it can take them. Interlaced files, huge pictures and
// samples that have to be converted are left to libvips; few colours to reduce_colours.h.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <vips/vips8>

#include "common/job/encoding.h"
#include "worker/stages/picture.h"

namespace wm {

/// Twice as much as a picture has is needed beside it: libvips compresses larger ones strip by strip.
inline constexpr std::uint64_t most_png_bytes = std::uint64_t{256} << 20;

/// `image` is what will be saved. Looks at its header only.
[[nodiscard]] bool can_save_png(const Picture& picture, const vips::VImage& image, const Encoding& encoding);

/// `image` is in memory and can_save_png(). Throws std::bad_alloc.
[[nodiscard]] std::vector<std::byte> save_png(const Picture& picture, const vips::VImage& image,
                                              const Encoding& encoding);

}  // namespace wm
