#include "worker/container/inflater.h"
#include "worker/container/png_chunks.h"
#include "worker/format/structure_count.h"

namespace wm::structure {
namespace {

// Deflate cannot expand a byte to more.
constexpr std::uint64_t largest_ratio = 1032;

bool is_of_pixels(const PngChunk& chunk) {
  return chunk.is("IDAT") || chunk.is("fdAT");
}

/// The unpacked size of `data`, up to slightly more than `most`. Keeps nothing.
std::uint64_t inflated_bytes(ByteSpan data, std::uint64_t most) {
  std::uint64_t total = 0;
  Inflater().unpack(data, [&](ByteSpan made) {
    total += made.size();
    return total <= most;
  });
  return total;
}

bool count_chunk(const PngChunk& chunk, Count& count) {
  if (is_of_pixels(chunk) || chunk.is("IEND")) return true;
  if (chunk.is("IHDR")) {
    count.found.width = u32(chunk.data, 0);
    count.found.height = u32(chunk.data, 4);
    return true;
  }
  const auto text = split_png_text(chunk);
  const ByteSpan compressed = text && text->compressed ? text->content : ByteSpan{};
  if (!count.metadata(chunk.data.size() - compressed.size())) return false;
  if (!compressed.empty() && !count.metadata(inflated_bytes(compressed, count.metadata_left()))) return false;
  if (chunk.is("eXIf")) count_exif(chunk.data, count);
  return !count.found.excess;
}

/// Calls `on_chunk` until it returns false.
template <class OnChunk>
void for_each_chunk(ByteSpan file, const OnChunk& on_chunk) {
  std::size_t at = png_signature.size();
  while (const auto chunk = next_png_chunk(file, at)) {
    if (!on_chunk(*chunk) || chunk->is("IEND")) return;
  }
}

}  // namespace

void count_png(ByteSpan file, Count& count) {
  // Most pictures have a small profile and some short texts. These are known to be within the bound without
  // unpacking them.
  std::uint64_t packed = 0;
  for_each_chunk(file, [&](const PngChunk& chunk) {
    if (!is_of_pixels(chunk)) packed += chunk.data.size();
    return count.parts();
  });
  if (count.found.excess) return;
  const bool small = packed * largest_ratio <= count.metadata_left();
  for_each_chunk(file, [&](const PngChunk& chunk) {
    if (!small || chunk.is("IHDR")) return count_chunk(chunk, count);
    if (chunk.is("eXIf")) count_exif(chunk.data, count);
    return !count.found.excess;
  });
  if (small) count.metadata(packed);
}

}  // namespace wm::structure
