#include "worker/metadata/embedded_jpeg.h"

#include <algorithm>

namespace wm::metadata {
namespace {

using namespace std::string_view_literals;

// Real maker notes have one or two previews. Each beginning may cost a walk over the whole block.
constexpr int max_beginnings = 64;

bool is_frame(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// Behind entropy-coded data: where the next marker's 0xFF is, or the end.
std::size_t skip_scan(ByteSpan bytes, std::size_t at) {
  while (at + 1 < bytes.size()) {
    const auto next = text_of(bytes).find('\xFF', at);
    if (next == std::string_view::npos || next + 1 >= bytes.size()) return bytes.size();
    const std::uint8_t marker = u8(bytes, next + 1);
    if (marker != 0 && marker != 0xFF && (marker < 0xD0 || marker > 0xD7)) return next;
    at = marker == 0xFF ? next + 1 : next + 2;
  }
  return bytes.size();
}

}  // namespace

std::optional<JpegExtent> jpeg_extent(ByteSpan bytes) {
  if (!starts_with(bytes, "\xFF\xD8\xFF"sv)) return std::nullopt;
  JpegExtent extent;
  bool frame = false;
  bool scan = false;
  std::size_t at = 2;
  while (inside(bytes, at, 4) && u8(bytes, at) == 0xFF) {
    const std::uint8_t marker = u8(bytes, at + 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker < 0xC0 || marker == 0xD8) break;
    if (marker == 0xD9) break;
    if (is_frame(marker)) {
      frame = true;
      extent.height = u16(bytes, at + 5);
      extent.width = u16(bytes, at + 7);
    }
    const std::size_t length = u16(bytes, at + 2);
    if (length < 2) break;
    at += 2 + length;
    if (marker == 0xDA) {
      scan = true;
      at = skip_scan(bytes, at);
    }
  }
  if (!frame || !scan) return std::nullopt;
  extent.whole = inside(bytes, at, 2) && u16(bytes, at) == 0xFFD9;
  extent.size = extent.whole ? at + 2 : bytes.size();
  return extent;
}

std::optional<std::size_t> wipe_embedded_jpegs(Bytes& block, ByteRange spare,
                                               std::span<const std::size_t> borders) {
  std::size_t found = 0;
  int beginnings = 0;
  std::size_t at = 0;
  while ((at = text_of(block).find("\xFF\xD8\xFF"sv, at)) != std::string_view::npos) {
    if (at >= spare.begin && at < spare.end) {
      at = spare.end;
      continue;
    }
    const auto extent = jpeg_extent(part(block, at));
    if (!extent) {
      if (++beginnings > max_beginnings) return std::nullopt;
      ++at;
      continue;
    }
    ByteRange range{at, at + extent->size};
    if (!extent->whole) {
      const auto border = std::upper_bound(borders.begin(), borders.end(), at);
      if (border != borders.end()) range.end = std::min(range.end, *border);
    }
    if (range.begin < spare.begin) range.end = std::min(range.end, spare.begin);
    wipe(block, range);
    ++found;
    at = range.end;
  }
  return found;
}

}  // namespace wm::metadata
