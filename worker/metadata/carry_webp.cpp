#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "worker/container/riff_chunks.h"
#include "worker/metadata/carry.h"
#include "worker/metadata/exif_edit.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {
namespace {

constexpr std::size_t block_limit = std::size_t{16} << 20;
constexpr std::uint32_t flag_animation = 0x02, flag_xmp = 0x04, flag_exif = 0x08, flag_alpha = 0x10,
                        flag_icc = 0x20;
constexpr std::array picture_chunks{"VP8X"sv, "ICCP"sv, "ANIM"sv, "ANMF"sv, "ALPH"sv, "VP8 "sv, "VP8L"sv};

bool is_picture(const RiffChunk& chunk) {
  return std::ranges::find(picture_chunks, chunk.type) != picture_chunks.end();
}

/// Flags and size as in the extended header, for a file that may lack one.
struct Canvas {
  std::uint32_t flags = 0, width = 0, height = 0;
};

std::optional<Canvas> canvas_of(const RiffChunks& file) {
  if (const auto* extended = file.find("VP8X"); extended != nullptr && extended->data.size() >= 10) {
    const auto side = [extended](std::size_t at) {
      return static_cast<std::uint32_t>(number_at(extended->data, at, 3, Endian::little)) + 1;
    };
    return Canvas{.flags = u8(extended->data, 0), .width = side(4), .height = side(7)};
  }
  if (const auto* lossless = file.find("VP8L"); lossless != nullptr && u8(lossless->data, 0) == 0x2F) {
    const std::uint32_t bits = u32(lossless->data, 1, Endian::little);
    const bool alpha = (bits >> 28 & 1) != 0;
    return Canvas{
        .flags = alpha ? flag_alpha : 0, .width = (bits & 0x3FFF) + 1, .height = (bits >> 14 & 0x3FFF) + 1};
  }
  // RFC 6386 section 9.1: three bytes of tag, a start code, then the sides of 14 bits.
  if (const auto* lossy = file.find("VP8 "); lossy != nullptr && lossy->data.size() >= 10) {
    return Canvas{.width = u16(lossy->data, 6, Endian::little) & 0x3FFFU,
                  .height = u16(lossy->data, 8, Endian::little) & 0x3FFFU};
  }
  return std::nullopt;
}

/// Unknown chunks inside of frames are not carried over.
std::size_t unknown_in_frames(const RiffChunks& file) {
  std::size_t count = 0;
  for (const auto& frame : file.chunks) {
    if (!frame.is("ANMF")) continue;
    std::size_t at = 0;
    while (const auto chunk = next_riff_chunk(chunks_of_frame(frame), at)) {
      if (!chunk->is("ALPH") && !chunk->is("VP8 ") && !chunk->is("VP8L")) ++count;
    }
  }
  return count;
}

class WebpCarry {
 public:
  explicit WebpCarry(const Carry& carry) : carry_(carry), plan_(carry.plan) {}

  void put(const RiffChunk& chunk) {
    if (is_picture(chunk)) return;
    if (chunk.is("EXIF")) {
      put_exif(chunk.data);
    } else if (chunk.is("XMP ")) {
      put_xmp(chunk.data);
    } else if (plan_.policy == CarryPolicy::keep) {
      append_riff_chunk(chunks_, chunk.type, chunk.data);
    }
  }

  void put_missing() {
    if (!exif_seen_) put_exif({});
    if (!xmp_seen_) put_xmp({});
  }

  [[nodiscard]] const Bytes& chunks() const { return chunks_; }
  [[nodiscard]] std::uint32_t flags() const { return flags_; }

 private:
  /// Some writers put "Exif\0\0" before the block.
  void put_exif(ByteSpan data) {
    if (std::exchange(exif_seen_, true) && plan_.policy != CarryPolicy::keep) return;
    const Bytes edited = edited_exif(data, plan_, carry_.thumbnails, block_limit, carry_.losses);
    if (edited.empty()) return;
    append_riff_chunk(chunks_, "EXIF", edited);
    flags_ |= flag_exif;
  }

  void put_xmp(ByteSpan data) {
    if (std::exchange(xmp_seen_, true) && plan_.policy != CarryPolicy::keep) return;
    const Bytes edited = edited_xmp(data, plan_, block_limit, NewPacket::when_not_ascii, carry_.losses);
    if (edited.empty()) return;
    append_riff_chunk(chunks_, "XMP ", edited);
    flags_ |= flag_xmp;
  }

  const Carry& carry_;
  const MetadataPlan& plan_;
  bool exif_seen_ = false, xmp_seen_ = false;
  std::uint32_t flags_ = 0;
  Bytes chunks_;
};

/// With the background colour of the input if that is an animation.
Bytes animation_header(const RiffChunks& input, const RiffChunk& own) {
  Bytes header = to_bytes(own.data);
  constexpr std::size_t colour_bytes = 4;
  const RiffChunk* const there = input.find("ANIM");
  if (there != nullptr && there->data.size() >= colour_bytes && header.size() >= colour_bytes)
    std::ranges::copy(there->data.first(colour_bytes), header.begin());
  return header;
}

}  // namespace

Bytes carry_webp(ByteSpan input, ByteSpan output, const Carry& carry) {
  const auto in = read_webp_chunks(input);
  const auto out = read_webp_chunks(output);
  const auto canvas = out ? canvas_of(*out) : std::nullopt;
  if (!in || !canvas) {
    carry.losses.add("all metadata: the WebP cannot be read");
    return to_bytes(output);
  }
  WebpCarry metadata(carry);
  for (const auto& chunk : in->chunks) metadata.put(chunk);
  metadata.put_missing();
  if (in->find("ICCP") != nullptr && out->find("ICCP") == nullptr) carry.losses.add("ICC profile");
  carry.losses.add(unknown_in_frames(*in), "unknown chunk", "in WebP frames");
  if (in->end < input.size() && carry.source == Source::same_container) {
    carry.losses.add(std::to_string(input.size() - in->end) + " bytes after the WebP picture");
  }

  Bytes file = new_webp();
  std::uint32_t flags = (canvas->flags & (flag_animation | flag_alpha)) | metadata.flags();
  if (out->find("ICCP") != nullptr) flags |= flag_icc;
  // A file with a single simple chunk already records whether it has alpha.
  const bool simple = out->find("VP8L") != nullptr && (flags & ~flag_alpha) == 0;
  const bool extended = (flags != 0 && !simple) || !metadata.chunks().empty() || in->find("VP8X") != nullptr;
  if (extended) {
    Bytes header(10);
    put_u32(header, 0, flags, Endian::little);
    put_number(header, 4, canvas->width - 1, 3, Endian::little);
    put_number(header, 7, canvas->height - 1, 3, Endian::little);
    append_riff_chunk(file, "VP8X", header);
  }
  for (const auto& chunk : out->chunks) {
    if (!is_picture(chunk) || chunk.is("VP8X")) continue;
    append_riff_chunk(file, chunk.type,
                      chunk.is("ANIM") ? ByteSpan(animation_header(*in, chunk)) : chunk.data);
  }
  append(file, metadata.chunks());
  if (file.size() - 8 > UINT32_MAX) {
    carry.losses.add("all metadata: no room in a WebP");
    return to_bytes(output);
  }
  set_riff_size(file);
  return file;
}

}  // namespace wm::metadata
