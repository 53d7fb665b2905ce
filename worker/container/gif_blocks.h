#pragma once

// The blocks of a whole GIF file in memory (GIF89a specification). Pure.

#include <optional>
#include <string_view>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

struct GifBlock {
  enum class Kind : std::uint8_t { image, control, comment, application, plain_text, unknown, trailer };
  Kind kind = Kind::unknown;
  ByteSpan whole;         // of an image: descriptor, palette and data
  std::string_view name;  // of an application: identifier and code, 11 bytes
};

struct GifBlocks {
  ByteSpan head;  // signature, screen descriptor, global palette
  std::vector<GifBlock> blocks;
  std::size_t end = 0;  // behind the trailer or the last whole block
};

/// None when the head is not whole. Ends at the trailer or where a block does not fit; zeros between blocks
/// belong to none.
[[nodiscard]] std::optional<GifBlocks> read_gif_blocks(ByteSpan file);

inline constexpr std::string_view gif_xmp = "XMP DataXMP";

/// The packet of an application block of that name (XMP Specification Part 3, section 1.1.2): it stands there
/// as it is, before 258 bytes that lead readers of sub-blocks to its end. Some writers put it into
/// sub-blocks.
[[nodiscard]] Bytes read_gif_xmp(const GifBlock& block);
void append_gif_xmp(Bytes& file, ByteSpan packet);

}  // namespace wm::container
