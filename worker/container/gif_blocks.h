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
  ByteSpan whole;         // of an image: descriptor, palette and data; as far as it exists
  std::string_view name;  // of an application: identifier and code, 11 bytes
  bool complete = true;   // all of it exists
  /// Whether the block sets the number of repetitions of an animation.
  [[nodiscard]] bool is_loop() const { return name == "NETSCAPE2.0" || name == "ANIMEXTS1.0"; }
};

/// The colours announced by a packed field, at `at`, three bytes each; as far as they exist.
[[nodiscard]] ByteSpan gif_palette(ByteSpan bytes, std::size_t at, std::uint8_t packed);

/// Signature, screen descriptor, global palette; empty when incomplete.
[[nodiscard]] ByteSpan gif_head(ByteSpan file);

/// The block at `at`, which becomes the position after it, unless the file ends within it. Skips zeros before
/// it: surplus terminators, which decoders skip as well. Nullopt where no block begins.
[[nodiscard]] std::optional<GifBlock> next_gif_block(ByteSpan file, std::size_t& at);

/// The contents of the sub-blocks at the beginning of `bytes`, as far as they exist.
[[nodiscard]] Bytes joined_sub_blocks(ByteSpan bytes);

struct GifBlocks {
  ByteSpan head;  // signature, screen descriptor, global palette
  std::vector<GifBlock> blocks;
  std::size_t end = 0;  // after the trailer or the last whole block
};

/// Nullopt when the head is incomplete. Ends at the trailer or where a block does not fit.
[[nodiscard]] std::optional<GifBlocks> read_gif_blocks(ByteSpan file);

inline constexpr std::string_view gif_xmp = "XMP DataXMP";

/// The packet of an application block of that name (XMP Specification Part 3, section 1.1.2): stored without
/// sub-blocks, followed by 258 bytes that lead readers of sub-blocks to its end. Some writers put it into
/// sub-blocks.
[[nodiscard]] Bytes read_gif_xmp(const GifBlock& block);
void append_gif_xmp(Bytes& file, ByteSpan packet);

}  // namespace wm::container
