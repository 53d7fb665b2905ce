#pragma once

// The marker segments of a JPEG file: ITU T.81 Annex B. Borrows the file's bytes; every size is checked
// against them. Pure. Throws DamagedJpeg for files that libjpeg cannot read either. Skips what libjpeg skips:
// stray bytes between segments, restart markers out of place, unknown revisions. Merely unusual properties
// are reported without judgement: that is up to eligibility.h.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "worker/container/jpeg_segments.h"
#include "worker/jpeg/quantisation.h"

namespace wm::jpeg {

using Bytes = container::ByteSpan;
namespace marker = container::marker;

/// Positions are offsets in the file.
struct Segment {
  std::uint8_t marker = 0;
  std::size_t begin = 0;    // of the 0xFF, or of fill bytes and stray bytes before it
  std::size_t payload = 0;  // after the length
  std::size_t end = 0;
};

struct Component {
  std::uint8_t id = 0;               // possibly not unique; scans then refer to them in frame order
  int horizontal = 1, vertical = 1;  // sampling factors, 1..4
  int quantisation = 0;              // table number, 0..3
};

struct Frame {
  std::uint8_t marker = 0;  // which SOF
  int precision = 0;
  int width = 0, height = 0;  // a height of 0 means that a DNL segment follows the first scan
  std::vector<Component> components;
};

struct ScanComponent {
  std::size_t component = 0;       // index in the frame
  int dc_table = 0, ac_table = 0;  // 0..3
};

struct Scan {
  std::vector<ScanComponent> components;
  int spectral_first = 0, spectral_last = 63, high_bit = 0, low_bit = 0;
  std::size_t data = 0;  // position of the entropy-coded data
};

/// A Huffman table as stored in its DHT segment.
struct HuffmanDefinition {
  static constexpr std::size_t in_no_segment = static_cast<std::size_t>(-1);

  std::array<std::uint8_t, 17> counts{};  // of codes of 1..16 bits; [0] is not used
  Bytes values;
  std::size_t segment = 0;    // index in Header::segments, or in_no_segment: see standard_tables.h
  std::size_t counts_at = 0;  // offset in the file
  [[nodiscard]] std::size_t values_end() const { return counts_at + 16 + values.size(); }
};

using QuantisationTables = std::array<std::optional<QuantisationTable>, 4>;

/// Everything up to the entropy-coded data of the first scan. Tables are those valid at that point.
struct Header {
  std::vector<Segment> segments;  // without SOI; the last one is SOS
  Frame frame;
  Scan scan;
  QuantisationTables quantisation;
  std::array<std::optional<HuffmanDefinition>, 4> dc, ac;
  std::uint32_t restart_interval = 0;  // MCUs, 0: none
  bool jfif = false;
  std::optional<int> adobe_transform;
};

/// Everything after the first scan's data, up to EOI.
struct Rest {
  std::vector<Segment> segments;  // all but the scans' data; the last one is EOI
  std::vector<Scan> scans;
  std::size_t end = 0;  // after EOI
};

[[nodiscard]] Header read_header(Bytes file);

/// `position` is at or inside of entropy-coded data. `max_scans` bounds the work: at most one more scan is
/// read and returned.
[[nodiscard]] Rest read_rest(Bytes file, const Frame& frame, std::size_t position, std::size_t max_scans);

/// Reads the tables of a DQT segment.
void read_quantisation(Bytes payload, QuantisationTables& tables);

/// The first segment at or after `position`; fill bytes and stray bytes before it belong to it.
[[nodiscard]] Segment segment_at(Bytes file, std::size_t position);

[[nodiscard]] constexpr std::uint8_t byte_at(Bytes bytes, std::size_t position) {
  return std::to_integer<std::uint8_t>(bytes[position]);
}
/// Big-endian.
[[nodiscard]] constexpr std::uint16_t u16_at(Bytes bytes, std::size_t position) {
  return static_cast<std::uint16_t>(byte_at(bytes, position) << 8 | byte_at(bytes, position + 1));
}

}  // namespace wm::jpeg
