#include "worker/jpeg/segments.h"

#include <algorithm>
#include <numeric>

#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/zigzag.h"

namespace wm::jpeg {
namespace {

// Far above any writer's output; keeps the list of segments small in a file without anything else.
constexpr std::size_t max_segments = 16384;

bool ends_a_picture(std::uint8_t code) {
  return code == marker::soi || code == marker::eoi;
}

/// Decoders refuse markers that the format does not define. eligibility.h reports those of hierarchical
/// files.
bool is_known(std::uint8_t code) {
  return (code >= marker::sof0 && code <= marker::app15) || code == marker::com || code == marker::tem;
}

Bytes payload_of(Bytes file, const Segment& segment) {
  return file.subspan(segment.payload, segment.end - segment.payload);
}

void need(bool condition, const char* otherwise) {
  if (!condition) throw DamagedJpeg(otherwise);
}

}  // namespace

void read_quantisation(Bytes payload, QuantisationTables& tables) {
  while (!payload.empty()) {
    const int precision = byte_at(payload, 0) >> 4;
    const auto number = static_cast<std::size_t>(byte_at(payload, 0) & 15);
    need(number < 4, "a quantisation table has no such number");
    const std::size_t size = precision == 0 ? 64 : 128;
    need(payload.size() > size, "a quantisation table is cut off");
    QuantisationTable table{};
    for (std::size_t k = 0; k < 64; ++k) {
      table[zigzag[k]] = precision == 0 ? byte_at(payload, 1 + k) : u16_at(payload, 1 + 2 * k);
    }
    tables[number] = table;
    payload = payload.subspan(1 + size);
  }
}

namespace {

void read_huffman(Bytes file, const Segment& segment, Header& header) {
  for (std::size_t at = segment.payload; at < segment.end;) {
    need(segment.end - at >= 17, "a Huffman table is cut off");
    const int kind = byte_at(file, at) >> 4;
    const auto number = static_cast<std::size_t>(byte_at(file, at) & 15);
    need(kind <= 1 && number < 4, "a Huffman table has no such number or class");
    HuffmanDefinition table;
    table.segment = header.segments.size() - 1;
    table.counts_at = at + 1;
    for (std::size_t i = 1; i <= 16; ++i) table.counts[i] = byte_at(file, at + i);
    const auto values = std::accumulate(table.counts.begin(), table.counts.end(), std::size_t{0});
    need(values <= 256 && values <= segment.end - at - 17, "a Huffman table is cut off");
    table.values = file.subspan(at + 17, values);
    at += 17 + values;
    (kind == 0 ? header.dc : header.ac)[number] = table;
  }
}

Frame read_frame(std::uint8_t code, Bytes payload) {
  need(payload.size() >= 6, "the frame header is cut off");
  Frame frame;
  frame.marker = code;
  frame.precision = byte_at(payload, 0);
  frame.height = u16_at(payload, 1);
  frame.width = u16_at(payload, 3);
  const std::size_t count = byte_at(payload, 5);
  need(count > 0 && frame.width > 0, "the picture is empty");
  need(payload.size() == 6 + 3 * count, "the frame header has a wrong length");
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes entry = payload.subspan(6 + 3 * i, 3);
    const Component component{.id = byte_at(entry, 0),
                              .horizontal = byte_at(entry, 1) >> 4,
                              .vertical = byte_at(entry, 1) & 15,
                              .quantisation = byte_at(entry, 2)};
    need(component.horizontal >= 1 && component.horizontal <= 4 && component.vertical >= 1 &&
             component.vertical <= 4 && component.quantisation <= 3,
         "a component has no such sampling factor or quantisation table");
    frame.components.push_back(component);
  }
  return frame;
}

bool has(const Scan& scan, std::size_t component) {
  return std::ranges::any_of(scan.components,
                             [&](const ScanComponent& part) { return part.component == component; });
}

Scan read_scan(Bytes file, const Segment& segment, const Frame& frame) {
  const Bytes payload = payload_of(file, segment);
  need(!payload.empty(), "a scan header is cut off");
  const std::size_t count = byte_at(payload, 0);
  need(count >= 1 && count <= 4 && payload.size() == 4 + 2 * count, "a scan header has a wrong length");
  Scan scan;
  for (std::size_t i = 0; i < count; ++i) {
    // Where several components have the same number, libjpeg takes the first that is not in the scan yet.
    const std::uint8_t id = byte_at(payload, 1 + 2 * i);
    std::size_t index = 0;
    while (index < frame.components.size() && (frame.components[index].id != id || has(scan, index))) ++index;
    need(index < frame.components.size(), "a scan has a component that the frame does not have");
    const int tables = byte_at(payload, 2 + 2 * i);
    need((tables >> 4) <= 3 && (tables & 15) <= 3, "a scan names a Huffman table that cannot be");
    scan.components.push_back({.component = index, .dc_table = tables >> 4, .ac_table = tables & 15});
  }
  const Bytes last = payload.subspan(1 + 2 * count);
  scan.spectral_first = byte_at(last, 0);
  scan.spectral_last = byte_at(last, 1);
  scan.high_bit = byte_at(last, 2) >> 4;
  scan.low_bit = byte_at(last, 2) & 15;
  scan.data = segment.end;
  return scan;
}

}  // namespace

Segment segment_at(Bytes file, std::size_t position) {
  const auto found = container::next_segment(file, position);
  need(found.has_value(), "the file ends before its end marker");
  need(is_known(found->marker), "there is an unknown marker");
  need(found->complete || found->range.end > file.size(), "a segment has an impossible length");
  need(found->complete, "the file ends inside of a segment");
  const std::size_t length_bytes = marker::has_length(found->marker) ? 2 : 0;
  return {.marker = found->marker,
          .begin = position,
          .payload = found->range.begin + 2 + length_bytes,
          .end = found->range.end};
}

Header read_header(Bytes file) {
  need(file.size() >= 2 && byte_at(file, 0) == 0xff && byte_at(file, 1) == marker::soi,
       "this is no JPEG file");
  Header header;
  for (std::size_t position = 2;;) {
    const Segment segment = segment_at(file, position);
    need(header.segments.size() < max_segments, "there are too many segments");
    header.segments.push_back(segment);
    position = segment.end;
    const Bytes payload = payload_of(file, segment);
    switch (segment.marker) {
      case marker::dqt:
        read_quantisation(payload, header.quantisation);
        break;
      case marker::dht:
        read_huffman(file, segment, header);
        break;
      case marker::dri:
        need(payload.size() == 2, "a restart interval has a wrong length");
        header.restart_interval = u16_at(payload, 0);
        break;
      case marker::app0:
        if (payload.size() < 14 || !container::starts_with(payload, container::jfif_signature)) break;
        header.jfif = true;
        break;
      case marker::app14:
        if (payload.size() >= 12 && container::starts_with(payload, container::adobe_signature))
          header.adobe_transform = byte_at(payload, 11);
        break;
      case marker::sos:
        need(header.frame.marker != 0, "a scan comes before the frame");
        header.scan = read_scan(file, segment, header.frame);
        return header;
      default:
        need(!ends_a_picture(segment.marker), "a picture begins or ends before the first scan");
        if (marker::is_frame(segment.marker)) {
          need(header.frame.marker == 0, "there are two frames");
          header.frame = read_frame(segment.marker, payload);
        }
    }
  }
}

Rest read_rest(Bytes file, const Frame& frame, std::size_t position, std::size_t max_scans) {
  Rest rest;
  position = container::end_of_scan(file, position);
  while (true) {
    const Segment segment = segment_at(file, position);
    need(rest.segments.size() < max_segments, "there are too many segments");
    rest.segments.push_back(segment);
    position = segment.end;
    if (segment.marker == marker::eoi) break;
    need(segment.marker != marker::soi && !marker::is_frame(segment.marker),
         "another picture begins before the end marker");
    if (segment.marker != marker::sos) continue;
    rest.scans.push_back(read_scan(file, segment, frame));
    if (rest.scans.size() > max_scans) break;
    position = container::end_of_scan(file, position);
  }
  rest.end = position;
  return rest;
}

}  // namespace wm::jpeg
