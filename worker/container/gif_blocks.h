#pragma once

// The blocks of a GIF file in memory (GIF89a specification). Total. Borrows the bytes. Pure.

#include <optional>
#include <string_view>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

struct GifBlock {
  enum class Kind : std::uint8_t { image, control, comment, application, plain_text, unknown, trailer };
  Kind kind = Kind::unknown;
  ByteSpan whole;         // of an image: descriptor, palette and data; what of it exists
  std::string_view name;  // of an application: identifier and code, 11 bytes
  bool complete = true;   // all of it exists
  /// How often an animation is shown.
  [[nodiscard]] bool is_loop() const { return name == "NETSCAPE2.0" || name == "ANIMEXTS1.0"; }
};

/// The colours that a packed field promises at `at`, three bytes each; what of them exists.
[[nodiscard]] ByteSpan gif_palette(ByteSpan bytes, std::size_t at, std::uint8_t packed);

/// Signature, screen descriptor, global palette; empty when they are not whole.
[[nodiscard]] ByteSpan gif_head(ByteSpan file);

/// The block at `at`, which becomes the position after it, unless the file ends within it. Zeros before it
/// belong to none: one terminator too many, which decoders skip. None where no block begins.
[[nodiscard]] std::optional<GifBlock> next_gif_block(ByteSpan file, std::size_t& at);

/// What is in the sub-blocks that `bytes` begins with, as far as it exists.
[[nodiscard]] Bytes joined_sub_blocks(ByteSpan bytes);

struct GifBlocks {
  ByteSpan head;  // signature, screen descriptor, global palette
  std::vector<GifBlock> blocks;
  std::size_t end = 0;  // after the trailer or the last whole block
};

/// None when the head is not whole. Ends at the trailer or where a block does not fit.
[[nodiscard]] std::optional<GifBlocks> read_gif_blocks(ByteSpan file);

inline constexpr std::string_view gif_xmp = "XMP DataXMP";

/// The packet of an application block of that name (XMP Specification Part 3, section 1.1.2): it stands there
/// as it is, before 258 bytes that lead readers of sub-blocks to its end. Some writers put it into
/// sub-blocks.
[[nodiscard]] Bytes read_gif_xmp(const GifBlock& block);
void append_gif_xmp(Bytes& file, ByteSpan packet);

}  // namespace wm::container
