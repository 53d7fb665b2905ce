#include "worker/format/chunk_probe.h"

#include <array>
#include <string_view>

#include "worker/format/file_reader.h"

namespace wm {
namespace {

// Metadata comes in few chunks; a file with more of them before its pixels is hostile.
constexpr int max_chunks = 1000;

struct ChunkHead {
  std::array<std::byte, 8> bytes{};
  [[nodiscard]] std::string_view text(std::size_t at) const {
    return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
  }
  [[nodiscard]] std::uint32_t big_endian(std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
    return value;
  }
  [[nodiscard]] std::uint32_t little_endian(std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
    return value;
  }
};

std::uint32_t png_frame_count(const FileReader& file) noexcept {
  std::uint64_t position = 8;  // after the signature
  for (int i = 0; i < max_chunks; ++i) {
    ChunkHead head;
    if (!file.read_exactly(position, head.bytes)) return 1;
    const auto type = head.text(4);
    if (type == "IDAT") return 1;
    if (type == "acTL") {
      ChunkHead body;
      return file.read_exactly(position + 8, body.bytes) ? body.big_endian(0) : 1;
    }
    position += 12 + std::uint64_t{head.big_endian(0)};
  }
  return 1;
}

}  // namespace

bool webp_is_lossless(int fd) noexcept {
  const FileReader file(fd);
  std::uint64_t position = 12;  // after RIFF, size, WEBP
  for (int i = 0; i < max_chunks; ++i) {
    ChunkHead head;
    if (!file.read_exactly(position, head.bytes)) return false;
    const auto type = head.text(0);
    if (type == "VP8L") return true;
    if (type == "VP8 ") return false;
    position += 8;
    if (type == "ANMF") {
      position += 16;  // into the frame, after its position, size and delay
    } else {
      position += (std::uint64_t{head.little_endian(4)} + 1) & ~std::uint64_t{1};
    }
  }
  return false;
}

PngTraits probe_png_header(int fd) noexcept {
  const FileReader file(fd);
  PngTraits traits;
  // Of IHDR, behind the signature: depth, colour type, compression, filter, interlacing.
  std::array<std::byte, 5> header{};
  if (!file.read_exactly(24, header)) return traits;
  traits.depth = std::to_integer<int>(header[0]);
  traits.colour_type = std::to_integer<int>(header[1]);
  traits.few_colours = traits.depth < 8 || traits.colour_type == 3;
  traits.interlaced = header[4] == std::byte{1};
  traits.frames = png_frame_count(file);
  return traits;
}

}  // namespace wm
