#include "worker/container/png_chunks.h"

#include <libdeflate.h>

#include <algorithm>

namespace wm::container {
namespace {

bool is_type(std::string_view type) {
  return std::ranges::all_of(type, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

}  // namespace

std::optional<PngChunk> next_png_chunk(ByteSpan file, std::size_t& at) {
  const std::size_t length = u32(file, at);
  const std::size_t size = 12 + length;
  if (!inside(file, at, size)) return std::nullopt;
  const PngChunk chunk{.type = text_of(part(file, at + 4, 4)),
                       .whole = part(file, at, size),
                       .data = part(file, at + 8, length)};
  if (!is_type(chunk.type)) return std::nullopt;
  at += size;
  return chunk;
}

std::optional<PngChunks> read_png_chunks(ByteSpan file) {
  if (!starts_with(file, png_signature)) return std::nullopt;
  PngChunks result{.chunks = {}, .end = png_signature.size()};
  while (const auto chunk = next_png_chunk(file, result.end)) {
    result.chunks.push_back(*chunk);
    if (chunk->is("IEND")) break;
  }
  return result;
}

const PngChunk* PngChunks::find(std::string_view type) const {
  const auto found = std::ranges::find(chunks, type, &PngChunk::type);
  return found == chunks.end() ? nullptr : &*found;
}

bool has_right_crc(const PngChunk& chunk) {
  const ByteSpan covered = part(chunk.whole, 4, chunk.whole.size() - 8);
  return u32(chunk.whole, chunk.whole.size() - 4) == ::libdeflate_crc32(0, covered.data(), covered.size());
}

void append_png_chunk(Bytes& file, std::string_view type, ByteSpan data) {
  append_u32(file, static_cast<std::uint32_t>(data.size()));
  const std::size_t begin = file.size();
  append(file, type);
  append(file, data);
  const ByteSpan covered = part(file, begin);
  append_u32(file, static_cast<std::uint32_t>(::libdeflate_crc32(0, covered.data(), covered.size())));
}

std::optional<PackedPngText> split_png_text(const PngChunk& chunk) {
  const auto data = text_of(chunk.data);
  const auto end = data.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const auto after = [&](std::size_t at, bool compressed) {
    return PackedPngText{
        .keyword = data.substr(0, end), .content = part(chunk.data, at), .compressed = compressed};
  };
  if (chunk.is("tEXt")) return after(end + 1, false);
  const std::size_t method = chunk.is("iTXt") ? end + 2 : end + 1;
  if (method >= data.size()) return std::nullopt;
  if (chunk.is("zTXt") || chunk.is("iCCP")) return after(method + 1, true);
  if (!chunk.is("iTXt")) return std::nullopt;
  // Its language, and the keyword translated into it.
  const auto language_end = data.find('\0', method + 1);
  if (language_end == std::string_view::npos) return std::nullopt;
  const auto translated_end = data.find('\0', language_end + 1);
  if (translated_end == std::string_view::npos) return std::nullopt;
  return after(translated_end + 1, data[end + 1] != 0);
}

std::uint32_t PngHeader::channels() const {
  const std::uint32_t colours = (colour_type & 2) != 0 && !is_indexed() ? 3 : 1;
  return colours + ((colour_type & 4) != 0 ? 1 : 0);
}

std::uint64_t PngHeader::row_bytes(std::uint32_t columns) const {
  return 1 + (std::uint64_t{columns} * channels() * static_cast<std::uint32_t>(depth) + 7) / 8;
}

std::array<PngPass, 7> PngHeader::passes() const {
  if (!interlaced) return {PngPass{width, height}};
  struct Grid {
    std::uint32_t left, top, across, down;
  };
  constexpr std::array<Grid, 7> adam7{
      {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};
  std::array<PngPass, 7> passes;
  std::ranges::transform(adam7, passes.begin(), [this](const Grid& grid) {
    if (width <= grid.left || height <= grid.top) return PngPass{};
    return PngPass{.columns = (width - grid.left - 1) / grid.across + 1,
                   .rows = (height - grid.top - 1) / grid.down + 1,
                   .first_row = grid.top,
                   .row_step = grid.down};
  });
  return passes;
}

std::optional<PngHeader> read_png_header(ByteSpan file) {
  const ByteSpan data = part(file, 16, png_header_bytes);
  if (!starts_with(file, png_signature) || !starts_with(part(file, 12), "IHDR") ||
      data.size() < png_header_bytes) {
    return std::nullopt;
  }
  return PngHeader{.width = u32(data, 0),
                   .height = u32(data, 4),
                   .depth = u8(data, 8),
                   .colour_type = u8(data, 9),
                   .interlaced = u8(data, 12) == 1};
}

}  // namespace wm::container
