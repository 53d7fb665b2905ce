#include "worker/container/jpeg_segments.h"
#include "worker/format/structure_count.h"

namespace wm::structure {
namespace {

/// SOF2, 6, 10 and 14.
bool is_progressive(std::uint8_t frame) {
  return (frame & 3) == 2;
}

}  // namespace

void count_jpeg(ByteSpan file, Count& count) {
  std::uint8_t frame = 0;
  std::uint64_t components = 0;
  bool in_scan = false;
  std::size_t at = 2;
  while (const auto segment = next_segment(file, at)) {
    at = segment->range.end;
    if (in_scan && marker::is_restart(segment->marker)) continue;
    if (!count.parts() || segment->marker == marker::eoi) return;
    const ByteSpan payload = segment->payload;
    if (segment->is_frame()) {
      frame = segment->marker;
      count.found.height = u16(payload, 1);
      count.found.width = u16(payload, 3);
      components = u8(payload, 5);
    } else if (segment->marker == marker::sos) {
      in_scan = true;
      // libjpeg decodes all scans together if the first one does not have the whole picture; otherwise it
      // ends with the first.
      const bool whole = !is_progressive(frame) && u8(payload, 0) >= components;
      if (whole && count.found.scans == 0) return;
      if (!count.scan()) return;
    } else if (segment->is_metadata()) {
      if (!count.metadata(payload.size())) return;
      if (segment->is(marker::app1, "Exif")) count_exif(payload, count);
    }
  }
}

}  // namespace wm::structure
