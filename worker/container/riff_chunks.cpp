#include "worker/container/riff_chunks.h"

namespace wm::container {
namespace {

/// The type of the first picture's chunk.
std::string_view type_of_pixels(ByteSpan chunks, std::size_t at) {
  while (const auto chunk = next_riff_chunk(chunks, at)) {
    if (chunk->is("VP8L") || chunk->is("VP8 ")) return chunk->type;
    if (!chunk->is("ANMF")) continue;
    chunks = chunks_of_frame(*chunk);
    at = 0;
  }
  return {};
}

}  // namespace

std::optional<RiffChunk> next_riff_chunk(ByteSpan chunks, std::size_t& at) {
  if (!inside(chunks, at, 8)) return std::nullopt;
  const std::size_t size = u32(chunks, at + 4, Endian::little);
  const RiffChunk chunk{.type = text_of(part(chunks, at, 4)),
                        .data = part(chunks, at + 8, size),
                        .complete = inside(chunks, at + 8, size)};
  at = std::min(at + 8 + size + size % 2, chunks.size());
  return chunk;
}

std::optional<RiffChunks> read_webp_chunks(ByteSpan file) {
  if (!starts_with(file, "RIFF") || !starts_with(part(file, 8), "WEBP")) return std::nullopt;
  // Data after the RIFF chunk do not belong to it; a size that is too large is cut.
  file = part(file, 0, std::size_t{u32(file, 4, Endian::little)} + 8);
  RiffChunks result{.chunks = {}, .end = riff_head};
  std::size_t at = riff_head;
  for (auto chunk = next_riff_chunk(file, at); chunk && chunk->complete; chunk = next_riff_chunk(file, at)) {
    result.chunks.push_back(*chunk);
    result.end = at;
  }
  return result;
}

const RiffChunk* RiffChunks::find(std::string_view type) const {
  const auto found = std::ranges::find(chunks, type, &RiffChunk::type);
  return found == chunks.end() ? nullptr : &*found;
}

bool webp_is_lossless(ByteSpan file) {
  return type_of_pixels(file, riff_head) == "VP8L";
}

void append_riff_chunk(Bytes& file, std::string_view type, ByteSpan data) {
  append(file, type);
  append_u32(file, static_cast<std::uint32_t>(data.size()), Endian::little);
  append(file, data);
  if (data.size() % 2 != 0) append_u8(file, 0);
}

Bytes new_webp() {
  return to_bytes("RIFF\0\0\0\0WEBP"sv);
}

void set_riff_size(Bytes& file) {
  put_u32(file, 4, static_cast<std::uint32_t>(file.size() - 8), Endian::little);
}

}  // namespace wm::container
