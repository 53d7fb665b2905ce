#include "worker/container/gif_blocks.h"

namespace wm::container {
namespace {

constexpr std::size_t xmp_head = 14;  // introducer, label, size, eleven bytes of name
constexpr std::size_t xmp_magic = 258;

constexpr std::uint8_t trailer = 0x3B, extension = 0x21, image = 0x2C;

std::size_t palette_size(std::uint8_t packed) {
  return (packed & 0x80) == 0 ? 0 : std::size_t{3} << ((packed & 7) + 1);
}

/// The end of the sub-blocks that begin at `at`; nullopt when the file ends before.
std::optional<std::size_t> end_of_sub_blocks(ByteSpan file, std::size_t at) {
  while (at < file.size()) {
    const std::size_t size = u8(file, at);
    at += 1 + size;
    if (size == 0) return at;
  }
  return std::nullopt;
}

std::optional<std::size_t> end_of_block(ByteSpan file, std::size_t at) {
  if (u8(file, at) == trailer) return at + 1;
  if (u8(file, at) == extension) return end_of_sub_blocks(file, at + 2);
  constexpr std::size_t descriptor = 10;
  return end_of_sub_blocks(file, at + descriptor + palette_size(u8(file, at + descriptor - 1)) + 1);
}

GifBlock::Kind kind_of(ByteSpan block) {
  using Kind = GifBlock::Kind;
  if (u8(block, 0) == trailer) return Kind::trailer;
  if (u8(block, 0) == image) return Kind::image;
  switch (u8(block, 1)) {
    case 0xF9:
      return Kind::control;
    case 0xFE:
      return Kind::comment;
    case 0x01:
      return Kind::plain_text;
    case 0xFF:
      return u8(block, 2) == 11 ? Kind::application : Kind::unknown;
    default:
      return Kind::unknown;
  }
}

}  // namespace

ByteSpan gif_palette(ByteSpan bytes, std::size_t at, std::uint8_t packed) {
  return part(bytes, at, palette_size(packed));
}

ByteSpan gif_head(ByteSpan file) {
  if (!starts_with(file, "GIF87a") && !starts_with(file, "GIF89a")) return {};
  const std::size_t size = 13 + palette_size(u8(file, 10));
  return inside(file, 0, size) ? part(file, 0, size) : ByteSpan{};
}

std::optional<GifBlock> next_gif_block(ByteSpan file, std::size_t& at) {
  while (at < file.size() && u8(file, at) == 0) ++at;
  const std::uint8_t introducer = u8(file, at);
  if (introducer != trailer && introducer != extension && introducer != image) return std::nullopt;
  const auto end = end_of_block(file, at);
  GifBlock block{.whole = part(file, at, end ? *end - at : SIZE_MAX), .name = {}};
  block.complete = end && *end <= file.size();
  block.kind = kind_of(block.whole);
  if (block.kind == GifBlock::Kind::application) block.name = text_of(part(block.whole, 3, 11));
  if (block.complete) at = *end;
  return block;
}

Bytes joined_sub_blocks(ByteSpan bytes) {
  Bytes joined;
  joined.reserve(bytes.size());
  for (std::size_t at = 0; u8(bytes, at) != 0; at += 1 + std::size_t{u8(bytes, at)})
    append(joined, part(bytes, at + 1, u8(bytes, at)));
  return joined;
}

std::optional<GifBlocks> read_gif_blocks(ByteSpan file) {
  GifBlocks result{.head = gif_head(file), .blocks = {}};
  if (result.head.empty()) return std::nullopt;
  result.end = result.head.size();
  while (const auto block = next_gif_block(file, result.end)) {
    if (!block->complete) break;
    result.blocks.push_back(*block);
    if (block->kind == GifBlock::Kind::trailer) break;
  }
  return result;
}

Bytes read_gif_xmp(const GifBlock& block) {
  if (block.name != gif_xmp) return {};
  const ByteSpan data = part(block.whole, xmp_head);
  if (data.size() >= xmp_magic && starts_with(part(data, data.size() - xmp_magic), "\x01\xFF\xFE"sv))
    return to_bytes(part(data, 0, data.size() - xmp_magic));
  return joined_sub_blocks(data);
}

void append_gif_xmp(Bytes& file, ByteSpan packet) {
  append(file, "\x21\xFF\x0B"sv);
  append(file, gif_xmp);
  append(file, packet);
  append_u8(file, 1);
  for (std::uint32_t value = 256; value > 0; --value) append_u8(file, value - 1);
  append_u8(file, 0);
}

}  // namespace wm::container
