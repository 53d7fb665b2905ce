#include <string>

#include "worker/container/jpeg_segments.h"
#include "worker/soundness/sound_file.h"

namespace wm::soundness {

namespace marker = container::marker;
using container::u16;
using container::u8;

Facts examine_jpeg(std::span<const std::byte> file) {
  if (u16(file, 0) != 0xFFD8) throw Unsound("it does not begin as a JPEG");
  Facts facts;
  std::size_t scans = 0;
  std::size_t at = 2;
  while (true) {
    const auto segment = container::next_segment(file, at);
    if (!segment || segment->range.begin != at) throw Unsound("bytes lie where a marker should be");
    if (segment->marker == marker::eoi) break;
    if (!segment->complete || !marker::has_length(segment->marker)) {
      throw Unsound("segment " + std::to_string(segment->marker) + " reaches beyond the file");
    }
    at = segment->range.end;
    const bool frame = segment->marker >= marker::sof0 && segment->marker <= marker::sof2;
    if (frame) {
      if (facts.channels != 0) throw Unsound("it has two frames");
      facts.bits = u8(segment->payload, 0);
      facts.height = u16(segment->payload, 1);
      facts.width = u16(segment->payload, 3);
      facts.channels = u8(segment->payload, 5);
      if (segment->payload.size() != 6 + std::size_t{3} * facts.channels) {
        throw Unsound("its frame header has a wrong length");
      }
    }
    if (segment->marker != marker::sos) continue;
    if (facts.channels == 0) throw Unsound("a scan comes before the frame header");
    at = container::end_of_scan(file, segment->range.end);
    if (at == file.size()) throw Unsound("a scan does not end");
    if (at == segment->range.end) throw Unsound("a scan is empty");
    ++scans;
  }
  if (scans == 0) throw Unsound("it has no scan");
  return facts;
}

}  // namespace wm::soundness
