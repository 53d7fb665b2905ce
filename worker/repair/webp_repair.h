#pragma once

// Turns a damaged WebP file into one that decoders read, with all remaining frames or rows (Google's "WebP
// Container Specification").

#include <cstdint>
#include <optional>

#include "worker/container/bytes.h"
#include "worker/repair/repaired_file.h"

namespace wm {

/// Cuts an animation after its last whole frame. Keeps the rows of a still picture that can be decoded,
/// losslessly, and makes the others grey; omits metadata after the pixels. Nullopt when there is no frame or
/// no row, or all rows would be larger than `most_bytes`. Pure except for libwebp's memory.
[[nodiscard]] std::optional<RepairedFile> repair_webp(container::ByteSpan file, std::uint64_t most_bytes);

/// The approximate peak memory of repair_webp() in bytes, in addition to the file; 0 when there is nothing to
/// repair.
[[nodiscard]] std::uint64_t webp_repair_memory(container::ByteSpan file, std::uint64_t most_bytes);

}  // namespace wm
