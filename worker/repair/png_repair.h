#pragma once

// A damaged PNG file made into one that decoders read, with all the rows that are left (ISO/IEC 15948).

#include <cstdint>
#include <optional>

#include "worker/container/bytes.h"

namespace wm {

/// Checksums are made right, a chunk that ends beyond the file is cut, and rows that cannot be inflated are
/// grey (black where samples are indices or fewer than 8 bits). Chunks after the pixels are left out. None
/// when the header or every row is lost, or all rows would be larger than `most_bytes`. Pure but for zlib's
/// memory.
[[nodiscard]] std::optional<container::Bytes> repair_png(container::ByteSpan file, std::uint64_t most_bytes);

/// How many bytes that takes at its peak beside the file; 0 when nothing would be repaired.
[[nodiscard]] std::uint64_t png_repair_memory(container::ByteSpan file, std::uint64_t most_bytes);

}  // namespace wm
