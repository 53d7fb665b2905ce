#pragma once

// The chunks of a whole PNG file in memory (ISO/IEC 15948), and those with metadata in them. Pure, but for
// zlib's memory.

#include <optional>
#include <string>
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

struct PngChunks {
  std::vector<PngChunk> chunks;
  std::size_t end = 0;  // behind IEND or the last whole chunk
};

/// None when the signature is missing. Ends at IEND, at the end of the file, or where a chunk does not fit.
[[nodiscard]] std::optional<PngChunks> read_png_chunks(ByteSpan file);

[[nodiscard]] bool has_right_crc(const PngChunk& chunk);

void append_png_chunk(Bytes& file, std::string_view type, ByteSpan data);

/// tEXt, zTXt and iTXt: keyword and text.
struct PngText {
  std::string_view keyword;
  bool readable = false;  // not compressed in a way that cannot be undone
  Bytes text;             // tEXt, zTXt: Latin-1; iTXt: UTF-8
};
[[nodiscard]] std::optional<PngText> read_png_text(const PngChunk& chunk);

/// As the same kind of chunk; iTXt is written uncompressed.
void append_png_text(Bytes& file, std::string_view type, std::string_view keyword, ByteSpan text);

/// None when damaged or larger than `limit`.
[[nodiscard]] std::optional<Bytes> inflated(ByteSpan data, std::size_t limit);
[[nodiscard]] Bytes deflated(ByteSpan data);

/// What the keywords of such texts begin with.
inline constexpr std::string_view raw_profile_keyword = "Raw profile type ";

/// The blocks that ImageMagick and exiftool hide in text: "\nexif\n     124\n" and hexadecimal lines. The
/// number need not be right. None when it is not written so.
[[nodiscard]] std::optional<Bytes> read_raw_profile(ByteSpan text);
[[nodiscard]] Bytes raw_profile(std::string_view name, ByteSpan block);

}  // namespace wm::container
