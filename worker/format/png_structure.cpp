#include <algorithm>
#include <array>

#include <zlib.h>

#include "worker/format/structure_count.h"

namespace wm::structure {
namespace {

// Deflate makes no more of a byte.
constexpr std::uint64_t largest_ratio = 1032;

/// How much `data` becomes, up to `most` and a little more. Nothing of it is kept.
std::uint64_t inflated_bytes(ByteSpan data, std::uint64_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return 0;
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(data.size(), UINT32_MAX));
  std::array<Bytef, 32768> rubbish;
  std::uint64_t total = 0;
  int state = Z_OK;
  while (state == Z_OK && total <= most) {
    stream.next_out = rubbish.data();
    stream.avail_out = rubbish.size();
    state = inflate(&stream, Z_NO_FLUSH);
    total += rubbish.size() - stream.avail_out;
  }
  inflateEnd(&stream);
  return total;
}

/// What of a chunk may be compressed; empty when nothing is.
ByteSpan compressed_part(std::string_view type, ByteSpan data) {
  const auto end_of_text = [&](std::size_t from) { return text_of(data).find('\0', from); };
  const std::size_t keyword = end_of_text(0);
  if (keyword == std::string_view::npos) return {};
  if (type == "zTXt" || type == "iCCP") return part(data, keyword + 2);
  if (type != "iTXt" || u8(data, keyword + 1) == 0) return {};
  const std::size_t language = end_of_text(keyword + 3);
  if (language == std::string_view::npos) return {};
  const std::size_t translated = end_of_text(language + 1);
  return translated == std::string_view::npos ? ByteSpan{} : part(data, translated + 1);
}

bool count_chunk(std::string_view type, ByteSpan data, Count& count) {
  if (type == "IDAT" || type == "fdAT" || type == "IEND") return true;
  if (type == "IHDR") {
    count.found.width = u32(data, 0);
    count.found.height = u32(data, 4);
    return true;
  }
  const ByteSpan compressed = compressed_part(type, data);
  if (!count.metadata(data.size() - compressed.size())) return false;
  if (!compressed.empty() && !count.metadata(inflated_bytes(compressed, count.metadata_left()))) return false;
  if (type == "eXIf") count_exif(data, count);
  return !count.found.excess;
}

template <class OnChunk>
void for_each_chunk(ByteSpan file, const OnChunk& on_chunk) {
  std::uint64_t at = 8;
  while (inside(file, at, 12)) {
    const std::uint64_t size = u32(file, at);
    const std::string_view type = text_of(part(file, at + 4, 4));
    if (!inside(file, at, 12 + size)) return;
    if (!on_chunk(type, part(file, at + 8, size)) || type == "IEND") return;
    at += 12 + size;
  }
}

}  // namespace

void count_png(ByteSpan file, Count& count) {
  // Most pictures have a small profile and some short texts. They need not be unpacked to know that they are
  // within the bound.
  std::uint64_t packed = 0;
  for_each_chunk(file, [&](std::string_view type, ByteSpan data) {
    if (type != "IDAT" && type != "fdAT") packed += data.size();
    return count.parts();
  });
  if (count.found.excess) return;
  const bool small = packed * largest_ratio <= count.metadata_left();
  for_each_chunk(file, [&](std::string_view type, ByteSpan data) {
    if (!small || type == "IHDR") return count_chunk(type, data, count);
    if (type == "eXIf") count_exif(data, count);
    return !count.found.excess;
  });
  if (small) count.metadata(packed);
}

}  // namespace wm::structure
