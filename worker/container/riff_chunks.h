#pragma once

// The chunks of a whole WebP file in memory (RIFF container, Google's "WebP Container Specification"). Pure.

#include <optional>
#include <string_view>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

struct RiffChunk {
  std::string_view type;
  ByteSpan data;
  [[nodiscard]] bool is(std::string_view name) const { return type == name; }
};

struct RiffChunks {
  std::vector<RiffChunk> chunks;
  std::size_t end = 0;  // behind the last whole chunk
};

/// None when the file does not begin as a WebP. Ends where a chunk does not fit.
[[nodiscard]] std::optional<RiffChunks> read_webp_chunks(ByteSpan file);

/// Padded to an even size.
void append_riff_chunk(Bytes& file, std::string_view type, ByteSpan data);

}  // namespace wm::container
