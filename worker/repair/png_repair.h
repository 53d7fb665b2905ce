#pragma once

// Turns a damaged PNG file into one that decoders read, with all remaining rows (ISO/IEC 15948).

#include <cstdint>
#include <optional>

#include "worker/container/bytes.h"
#include "worker/repair/repaired_file.h"

namespace wm {

/// Corrects checksums and cuts a chunk that ends beyond the file. The first row that cannot be inflated, or
/// has an unknown filter, and all rows after it become grey (black where samples are indices or fewer than 8
/// bits). Omits chunks after the pixels. Nullopt when the header or every row is lost, or all rows would be
/// larger than `most_bytes`. Pure except for zlib's memory.
[[nodiscard]] std::optional<RepairedFile> repair_png(container::ByteSpan file, std::uint64_t most_bytes);

/// The peak memory of repair_png() in bytes, in addition to the file; 0 when there is nothing to repair.
[[nodiscard]] std::uint64_t png_repair_memory(container::ByteSpan file, std::uint64_t most_bytes);

}  // namespace wm
