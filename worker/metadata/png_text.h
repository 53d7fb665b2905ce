#pragma once

// The metadata in a PNG's text chunks: plain texts, and blocks that ImageMagick and exiftool store there.
// Pure, except for zlib's memory.

#include <optional>
#include <string_view>

#include "worker/container/png_chunks.h"
#include "worker/metadata/containers.h"

namespace wm::metadata {

/// tEXt, zTXt and iTXt: keyword and text.
struct PngText {
  std::string_view keyword;
  bool readable = false;  // false if it cannot be decompressed
  Bytes text;             // tEXt, zTXt: Latin-1; iTXt: UTF-8
};
[[nodiscard]] std::optional<PngText> read_png_text(const PngChunk& chunk);

/// Appends a chunk of that type; iTXt is written uncompressed.
void append_png_text(Bytes& file, std::string_view type, std::string_view keyword, ByteSpan text);

/// The beginning of the keywords of such texts.
inline constexpr std::string_view raw_profile_keyword = "Raw profile type ";

/// "\nexif\n     124\n" and hexadecimal lines. The number need not be right. Nullopt for any other form.
[[nodiscard]] std::optional<Bytes> read_raw_profile(ByteSpan text);
[[nodiscard]] Bytes raw_profile(std::string_view name, ByteSpan block);

}  // namespace wm::metadata
