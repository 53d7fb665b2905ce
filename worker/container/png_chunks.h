#pragma once

// The chunks of a PNG file in memory (ISO/IEC 15948). Total. Borrows the bytes. Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

inline constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n"sv;

struct PngChunk {
  std::string_view type;
  ByteSpan whole;  // length, type, data, CRC
  ByteSpan data;
  [[nodiscard]] bool is(std::string_view name) const { return type == name; }
  [[nodiscard]] bool is_critical() const { return (type[0] & 0x20) == 0; }
  [[nodiscard]] bool is_safe_to_copy() const { return (type[3] & 0x20) != 0; }
};

/// The chunk at `at`, which becomes the position after it. Nullopt if there is no complete chunk.
[[nodiscard]] std::optional<PngChunk> next_png_chunk(ByteSpan file, std::size_t& at);

struct PngChunks {
  std::vector<PngChunk> chunks;
  std::size_t end = 0;  // after IEND or the last whole chunk
  /// The first of that type, or null.
  [[nodiscard]] const PngChunk* find(std::string_view type) const;
};

/// Nullopt when the signature is missing. Ends at IEND, at the end of the file, or where a chunk does not
/// fit.
[[nodiscard]] std::optional<PngChunks> read_png_chunks(ByteSpan file);

[[nodiscard]] bool has_right_crc(const PngChunk& chunk);

void append_png_chunk(Bytes& file, std::string_view type, ByteSpan data);

/// The content after the keyword of a chunk that begins with one: tEXt, zTXt, iTXt, iCCP.
struct PackedPngText {
  std::string_view keyword;
  ByteSpan content;
  bool compressed = false;  // the content is a zlib stream
};
[[nodiscard]] std::optional<PackedPngText> split_png_text(const PngChunk& chunk);

/// One pass: its size, both 0 for an empty one, and which rows of the picture it has pixels of.
struct PngPass {
  std::uint32_t columns = 0, rows = 0;
  std::uint32_t first_row = 0, row_step = 1;
};

struct PngHeader {
  std::uint32_t width = 0, height = 0;
  int depth = 8;            // bits a sample
  int colour_type = 2;      // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
  bool interlaced = false;  // Adam7
  [[nodiscard]] bool is_indexed() const { return colour_type == 3; }
  /// A palette, or fewer than 8 bits a sample.
  [[nodiscard]] bool has_few_colours() const { return depth < 8 || is_indexed(); }
  [[nodiscard]] std::uint32_t channels() const;
  /// Including the filter's byte before the samples.
  [[nodiscard]] std::uint64_t row_bytes(std::uint32_t columns) const;
  /// One pass, or the seven of Adam7; unused ones are empty.
  [[nodiscard]] std::array<PngPass, 7> passes() const;
};

inline constexpr std::size_t png_header_bytes = 13;

/// Nullopt when the file does not begin with the signature and an IHDR of that many bytes.
[[nodiscard]] std::optional<PngHeader> read_png_header(ByteSpan file);

}  // namespace wm::container
