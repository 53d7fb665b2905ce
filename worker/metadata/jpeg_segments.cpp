#include "worker/metadata/jpeg_segments.h"

#include "worker/metadata/exif_block.h"

namespace wm::metadata {

// Of a hostile file; one with 65,535 scans would have fewer.
constexpr std::size_t max_segments = 200'000;

std::optional<JpegSegments> read_jpeg_segments(ByteSpan file) {
  if (!starts_with(file, "\xFF\xD8"sv)) return std::nullopt;
  JpegSegments result;
  std::size_t at = 2;
  while (true) {
    at = text_of(file).find('\xFF', at);
    if (at == std::string_view::npos || at + 1 >= file.size()) break;
    const std::uint8_t marker = u8(file, at + 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    // Stuffed bytes and restart markers of a scan, TEM, and a second SOI have no length.
    if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += 2;
      continue;
    }
    if (marker == 0xD9) {
      result.end = at + 2;
      return result;
    }
    const std::size_t length = u16(file, at + 2);
    if (length < 2 || !inside(file, at + 2, length)) break;
    if (result.segments.size() == max_segments) return std::nullopt;
    result.segments.push_back({.marker = marker,
                               .range = {at, at + 2 + length},
                               .whole = part(file, at, 2 + length),
                               .payload = part(file, at + 4, length - 2)});
    at += 2 + length;
  }
  result.end = file.size();
  return result;
}

int components_of(const JpegSegments& file) {
  for (const auto& segment : file.segments) {
    if (segment.is_frame()) return u8(segment.payload, 5);
  }
  return 0;
}

std::vector<ExifOfJpeg> exif_of_jpeg(const JpegSegments& file) {
  std::vector<ExifOfJpeg> blocks;
  const auto& segments = file.segments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const ByteSpan payload = segments[i].payload;
    if (segments[i].marker != app1 || exif_head_size(payload) == 0) continue;
    const auto rest = [&segments](std::size_t at) {
      return part(segments[at].payload, exif_head_size(segments[at].payload));
    };
    const bool goes_on = !blocks.empty() && blocks.back().end == i && segments[i].is(app1, exif_signature) &&
                         !TiffReader::open(rest(i)) && TiffReader::open(rest(blocks.back().first));
    if (goes_on) {
      append(blocks.back().bytes, rest(i));
      blocks.back().end = i + 1;
    } else {
      blocks.push_back({.first = i, .end = i + 1, .bytes = to_bytes(payload)});
    }
  }
  return blocks;
}

void append_jpeg_segment(Bytes& file, std::uint8_t marker, std::string_view signature, ByteSpan payload) {
  append_u8(file, 0xFF);
  append_u8(file, marker);
  append_u16(file, static_cast<std::uint32_t>(2 + signature.size() + payload.size()));
  append(file, signature);
  append(file, payload);
}

}  // namespace wm::metadata
