#include "worker/container/riff_chunks.h"

namespace wm::container {

std::optional<RiffChunks> read_webp_chunks(ByteSpan file) {
  if (!starts_with(file, "RIFF") || !starts_with(part(file, 8), "WEBP")) return std::nullopt;
  // What is behind the RIFF chunk is no part of it; a size that is too large is cut.
  file = part(file, 0, std::size_t{u32(file, 4, Endian::little)} + 8);
  RiffChunks result;
  std::size_t at = 12;
  while (inside(file, at, 8)) {
    const std::size_t size = u32(file, at + 4, Endian::little);
    if (!inside(file, at + 8, size)) break;
    result.chunks.push_back({.type = text_of(part(file, at, 4)), .data = part(file, at + 8, size)});
    at = std::min(at + 8 + size + size % 2, file.size());
  }
  result.end = at;
  return result;
}

void append_riff_chunk(Bytes& file, std::string_view type, ByteSpan data) {
  append(file, type);
  append_u32(file, static_cast<std::uint32_t>(data.size()), Endian::little);
  append(file, data);
  if (data.size() % 2 != 0) append_u8(file, 0);
}

}  // namespace wm::container
