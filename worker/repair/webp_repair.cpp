#include "worker/repair/webp_repair.h"

#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "worker/container/riff_chunks.h"

namespace wm {
namespace {

using container::Bytes;
using container::ByteSpan;
using container::RiffChunk;

constexpr int rgba_channels = 4;

const std::uint8_t* webp_bytes(ByteSpan bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

std::uint64_t pixels_in(int width, int height) {
  return static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
}

struct Decoder {
  void operator()(WebPIDecoder* decoder) const { WebPIDelete(decoder); }
};
struct Encoded {
  void operator()(std::uint8_t* bytes) const { WebPFree(bytes); }
};

Bytes file_of(const std::vector<RiffChunk>& chunks) {
  Bytes file = container::new_webp();
  for (const RiffChunk& chunk : chunks) container::append_riff_chunk(file, chunk.type, chunk.data);
  container::set_riff_size(file);
  return file;
}

/// The rows that can be decoded.
struct DecodedRows {
  std::vector<std::uint8_t> pixels;  // RGBA, of the whole picture: opaque grey after these rows
  int count = 0;
};

/// Of a picture of `width` by `height`.
DecodedRows decode(ByteSpan file, int width, int height) {
  const auto stride = static_cast<std::size_t>(width) * rgba_channels;
  std::vector<std::uint8_t> pixels(stride * static_cast<std::size_t>(height));
  const std::unique_ptr<WebPIDecoder, Decoder> decoder(
      WebPINewRGB(MODE_RGBA, pixels.data(), pixels.size(), static_cast<int>(stride)));
  if (!decoder) return {};
  WebPIAppend(decoder.get(), webp_bytes(file), file.size());  // reports that data are missing
  int rows = 0;
  if (WebPIDecGetRGB(decoder.get(), &rows, nullptr, nullptr, nullptr) == nullptr || rows <= 0) return {};
  for (std::size_t at = stride * static_cast<std::size_t>(rows); at < pixels.size(); at += rgba_channels) {
    std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>(at), rgba_channels - 1, std::uint8_t{0x80});
    pixels[at + rgba_channels - 1] = 0xff;
  }
  return {.pixels = std::move(pixels), .count = rows};
}

/// Flags of the header: animation, metadata after the pixels, and alpha.
constexpr std::uint32_t animation_flag = 0x02, metadata_flags = 0x04 | 0x08, alpha_flag = 0x10;

std::optional<RepairedFile> repair_still(ByteSpan file, std::vector<RiffChunk> chunks,
                                         std::uint64_t most_bytes) {
  int width = 0, height = 0;
  if (WebPGetInfo(webp_bytes(file), file.size(), &width, &height) == 0 ||
      pixels_in(width, height) > most_bytes / rgba_channels) {
    return std::nullopt;
  }
  const DecodedRows rows = decode(file, width, height);
  if (rows.count == 0) return std::nullopt;
  std::uint8_t* bytes = nullptr;
  const std::size_t size =
      WebPEncodeLosslessRGBA(rows.pixels.data(), width, height, width * rgba_channels, &bytes);
  const std::unique_ptr<std::uint8_t, Encoded> encoded(bytes);
  if (size == 0) return std::nullopt;
  const ByteSpan lossless(reinterpret_cast<const std::byte*>(bytes), size);
  const auto made = container::read_webp_chunks(lossless);
  if (!made) return std::nullopt;

  Bytes head;
  std::vector<RiffChunk> kept;
  for (const RiffChunk& chunk : chunks) {
    if (chunk.is("VP8X")) {
      head = container::to_bytes(chunk.data);
      container::put_number(head, 0,
                            (container::u8(head, 0) & ~(animation_flag | metadata_flags)) | alpha_flag, 1,
                            container::Endian::little);
      kept.push_back({.type = "VP8X", .data = head});
    } else if (chunk.is("ICCP") && !head.empty()) {
      kept.push_back(chunk);
    }
  }
  for (const RiffChunk& chunk : made->chunks) {
    if (chunk.is("VP8L")) kept.push_back(chunk);
  }
  return RepairedFile{.bytes = file_of(kept),
                      .rows = static_cast<std::uint32_t>(height),
                      .lost_rows = static_cast<std::uint32_t>(std::max(height - rows.count, 0))};
}

}  // namespace

std::uint64_t webp_repair_memory(ByteSpan file, std::uint64_t most_bytes) {
  int width = 0, height = 0;
  if (WebPGetInfo(webp_bytes(file), file.size(), &width, &height) == 0 ||
      pixels_in(width, height) > most_bytes / rgba_channels) {
    return 0;
  }
  // An animation is copied. A still picture needs its pixels, the encoder's copy and tables, and three times
  // the encoded file, which is no larger than the pixels.
  constexpr std::uint64_t encoder = 36;
  return file.size() + pixels_in(width, height) * (rgba_channels + encoder);
}

std::optional<RepairedFile> repair_webp(ByteSpan file, std::uint64_t most_bytes) {
  auto chunks = container::read_webp_chunks(file);
  if (!chunks) return std::nullopt;
  const auto is_frame = [](const RiffChunk& chunk) { return chunk.is("ANMF"); };
  const bool animated = !chunks->chunks.empty() && chunks->chunks.front().is("VP8X") &&
                        (container::u8(chunks->chunks.front().data, 0) & animation_flag) != 0;
  if (!animated) return repair_still(file, std::move(chunks->chunks), most_bytes);
  if (std::ranges::none_of(chunks->chunks, is_frame)) return std::nullopt;
  Bytes head = container::to_bytes(chunks->chunks.front().data);
  container::put_number(head, 0, container::u8(head, 0) & ~metadata_flags, 1, container::Endian::little);
  chunks->chunks.front().data = head;
  return RepairedFile{.bytes = file_of(chunks->chunks)};
}

}  // namespace wm
