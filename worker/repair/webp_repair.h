#pragma once

// A damaged WebP file made into one that decoders read, with all the frames or rows that are left (Google's
// "WebP Container Specification").

#include <cstdint>
#include <optional>

#include "worker/container/bytes.h"

namespace wm {

/// An animation is cut after its last whole frame. Of a still picture the rows that can be decoded are kept,
/// without loss, and the others are grey; metadata after the pixels are left out. None when there is no frame
/// or no row, or all rows would be larger than `most_bytes`. Pure but for libwebp's memory.
[[nodiscard]] std::optional<container::Bytes> repair_webp(container::ByteSpan file, std::uint64_t most_bytes);

/// How many bytes that takes at its peak beside the file, about; 0 when nothing would be repaired.
[[nodiscard]] std::uint64_t webp_repair_memory(container::ByteSpan file, std::uint64_t most_bytes);

}  // namespace wm
