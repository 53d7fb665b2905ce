#include "worker/container/gif_blocks.h"

namespace wm::container {
namespace {

constexpr std::size_t xmp_head = 14;  // introducer, label, size, eleven bytes of name
constexpr std::size_t xmp_magic = 258;

std::size_t palette_size(std::uint8_t packed) {
  return (packed & 0x80) != 0 ? std::size_t{3} << ((packed & 7) + 1) : 0;
}

/// Behind the sub-blocks that begin at `at`; none when the file ends before.
std::optional<std::size_t> behind_sub_blocks(ByteSpan file, std::size_t at) {
  while (at < file.size()) {
    const std::size_t size = u8(file, at);
    at += 1 + size;
    if (size == 0) return at;
  }
  return std::nullopt;
}

std::optional<std::size_t> block_end(ByteSpan file, std::size_t at) {
  if (u8(file, at) == 0x3B) return at + 1;
  if (u8(file, at) == 0x21) return behind_sub_blocks(file, at + 2);
  if (u8(file, at) == 0x2C && inside(file, at, 10)) {
    return behind_sub_blocks(file, at + 10 + palette_size(u8(file, at + 9)) + 1);
  }
  return std::nullopt;
}

GifBlock::Kind kind_of(ByteSpan block) {
  using Kind = GifBlock::Kind;
  if (u8(block, 0) == 0x3B) return Kind::trailer;
  if (u8(block, 0) == 0x2C) return Kind::image;
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

std::optional<GifBlocks> read_gif_blocks(ByteSpan file) {
  if (!starts_with(file, "GIF87a") && !starts_with(file, "GIF89a")) return std::nullopt;
  const std::size_t head = 13 + palette_size(u8(file, 10));
  if (!inside(file, 0, head)) return std::nullopt;
  GifBlocks result{.head = part(file, 0, head)};
  std::size_t at = head;
  while (at < file.size()) {
    // One terminator too many, which decoders skip.
    if (u8(file, at) == 0) {
      ++at;
      continue;
    }
    const auto end = block_end(file, at);
    if (!end || *end > file.size()) break;
    GifBlock block{.whole = part(file, at, *end - at)};
    block.kind = kind_of(block.whole);
    if (block.kind == GifBlock::Kind::application) block.name = text_of(part(block.whole, 3, 11));
    result.blocks.push_back(block);
    at = *end;
    if (block.kind == GifBlock::Kind::trailer) break;
  }
  result.end = at;
  return result;
}

Bytes read_gif_xmp(const GifBlock& block) {
  if (block.name != gif_xmp) return {};
  const ByteSpan data = part(block.whole, xmp_head);
  if (data.size() >= xmp_magic && starts_with(part(data, data.size() - xmp_magic), "\x01\xFF\xFE"sv))
    return to_bytes(part(data, 0, data.size() - xmp_magic));
  Bytes packet;
  for (std::size_t at = 0; u8(data, at) != 0; at += 1 + std::size_t{u8(data, at)})
    append(packet, part(data, at + 1, u8(data, at)));
  return packet;
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
