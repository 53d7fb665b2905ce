#pragma once

// The chunks of a WebP file in memory (RIFF container, Google's "WebP Container Specification"). Total.
// Borrows the bytes. Pure.

#include <optional>
#include <string_view>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

/// The position of the first chunk in a file.
inline constexpr std::size_t riff_head = 12;

struct RiffChunk {
  std::string_view type;
  ByteSpan data;         // as far as it exists
  bool complete = true;  // all of it exists
  [[nodiscard]] bool is(std::string_view name) const { return type == name; }
};

/// The chunk at `at`, which becomes the position after it and its padding, at most the end. Nullopt when
/// there is no complete chunk header.
[[nodiscard]] std::optional<RiffChunk> next_riff_chunk(ByteSpan chunks, std::size_t& at);

/// The chunks inside of a frame (ANMF), after its position, size and delay.
[[nodiscard]] inline ByteSpan chunks_of_frame(const RiffChunk& frame) {
  return part(frame.data, 16);
}

struct RiffChunks {
  std::vector<RiffChunk> chunks;
  std::size_t end = 0;  // after the last complete chunk
  /// The first of that type, or null.
  [[nodiscard]] const RiffChunk* find(std::string_view type) const;
};

/// Nullopt when the file does not begin like a WebP. Ends at an incomplete chunk.
[[nodiscard]] std::optional<RiffChunks> read_webp_chunks(ByteSpan file);

/// True when the first picture of the file is stored without loss (a VP8L chunk).
[[nodiscard]] bool webp_is_lossless(ByteSpan file);

/// Appends a chunk, padded to an even size.
void append_riff_chunk(Bytes& file, std::string_view type, ByteSpan data);

/// The head of a file without chunks.
[[nodiscard]] Bytes new_webp();
/// Writes the size of `file` into its head.
void set_riff_size(Bytes& file);

}  // namespace wm::container
