#include "worker/container/jpeg_segments.h"

#include <cstring>

namespace wm::container {
namespace {

// Limit for hostile files; even one with 65,535 scans has fewer.
constexpr std::size_t max_segments = 200'000;

std::size_t end_of_fill(ByteSpan file, std::size_t at) {
  while (at < file.size() && file[at] == std::byte{0xFF}) ++at;
  return at;
}

}  // namespace

std::size_t next_marker(ByteSpan file, std::size_t at) {
  while (at < file.size()) {
    const void* const found = std::memchr(file.data() + at, 0xFF, file.size() - at);
    if (found == nullptr) break;
    const auto begin = static_cast<std::size_t>(static_cast<const std::byte*>(found) - file.data());
    at = end_of_fill(file, begin);
    if (at == file.size()) break;
    if (file[at++] != std::byte{0}) return begin;
  }
  return file.size();
}

std::size_t end_of_scan(ByteSpan file, std::size_t at) {
  while (true) {
    const std::size_t begin = next_marker(file, at);
    at = end_of_fill(file, begin);
    if (at == file.size() || !marker::is_restart(u8(file, at))) return begin;
    ++at;
  }
}

std::optional<JpegSegment> next_segment(ByteSpan file, std::size_t at) {
  at = end_of_fill(file, next_marker(file, at));
  if (at == file.size()) return std::nullopt;
  JpegSegment segment{.marker = u8(file, at), .range = {at - 1, at + 1}, .whole = {}, .payload = {}};
  if (marker::has_length(segment.marker)) {
    const std::size_t length = u16(file, at + 1);
    segment.range.end += std::max<std::size_t>(length, 2);
    segment.payload = part(file, at + 3, segment.range.end - (at + 3));
    segment.complete = length >= 2 && segment.range.end <= file.size();
  }
  segment.whole = part(file, segment.range.begin, segment.range.end - segment.range.begin);
  return segment;
}

std::optional<JpegSegments> read_jpeg_segments(ByteSpan file) {
  if (!starts_with(file, "\xFF\xD8"sv)) return std::nullopt;
  JpegSegments result{.segments = {}, .end = file.size()};
  std::size_t at = 2;
  while (const auto segment = next_segment(file, at)) {
    at = segment->range.end;
    if (segment->marker == marker::eoi) {
      result.end = at;
      break;
    }
    if (!marker::has_length(segment->marker)) continue;  // restart markers of a scan, a second SOI
    if (!segment->complete) break;
    if (result.segments.size() == max_segments) return std::nullopt;
    result.segments.push_back(*segment);
  }
  return result;
}

int components_of(const JpegSegments& file) {
  for (const auto& segment : file.segments) {
    if (segment.is_frame()) return u8(segment.payload, 5);
  }
  return 0;
}

void append_jpeg_segment(Bytes& file, std::uint8_t marker, std::string_view signature, ByteSpan payload) {
  append_u8(file, 0xFF);
  append_u8(file, marker);
  append_u16(file, static_cast<std::uint32_t>(2 + signature.size() + payload.size()));
  append(file, signature);
  append(file, payload);
}

}  // namespace wm::container
