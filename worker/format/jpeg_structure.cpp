#include <cstring>

#include "worker/format/structure_count.h"

namespace wm::structure {
namespace {

constexpr std::uint8_t dht = 0xC4, jpg = 0xC8, dac = 0xCC, rst0 = 0xD0, soi = 0xD8, eoi = 0xD9, sos = 0xDA;
constexpr std::uint8_t sof0 = 0xC0, sof15 = 0xCF, app0 = 0xE0, app1 = 0xE1, app15 = 0xEF, com = 0xFE;

bool is_frame(std::uint8_t marker) {
  return marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac;
}

/// SOF2, 6, 10 and 14.
bool is_progressive(std::uint8_t marker) {
  return (marker & 3) == 2;
}

/// Of the next marker's code, behind stuffed and stray bytes, as libjpeg looks for it; the file's size when
/// there is none.
std::size_t next_code(Bytes file, std::size_t at, bool in_scan) {
  while (at < file.size()) {
    const void* const found = std::memchr(file.data() + at, 0xFF, file.size() - at);
    if (found == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - file.data());
    while (at < file.size() && file[at] == std::byte{0xFF}) ++at;
    if (at == file.size()) break;
    const auto code = std::to_integer<std::uint8_t>(file[at]);
    const bool restart = code >= rst0 && code < soi;
    if (code != 0 && !(in_scan && restart)) return at;
    ++at;
  }
  return file.size();
}

}  // namespace

void count_jpeg(Bytes file, Count& count) {
  std::uint8_t frame = 0;
  std::uint64_t components = 0;
  bool in_scan = false;
  for (std::size_t at = 2; (at = next_code(file, at, in_scan)) < file.size();) {
    if (!count.parts()) return;
    const auto marker = std::to_integer<std::uint8_t>(file[at++]);
    if (marker == eoi) return;
    if (marker < sof0 || (marker >= rst0 && marker <= soi)) continue;  // these have no length
    const auto length = static_cast<std::size_t>(number_at(file, at, 2, Order::big));
    const Bytes payload = part(file, at + 2, length < 2 ? 0 : length - 2);
    at += std::max<std::size_t>(length, 2);
    in_scan = in_scan || marker == sos;
    if (is_frame(marker)) {
      frame = marker;
      count.found.height = number_at(payload, 1, 2, Order::big);
      count.found.width = number_at(payload, 3, 2, Order::big);
      components = number_at(payload, 5, 1, Order::big);
    } else if (marker == sos) {
      // libjpeg takes all scans together where the first one does not have the whole picture; else it ends
      // with the first.
      const bool whole = !is_progressive(frame) && number_at(payload, 0, 1, Order::big) >= components;
      if (whole && count.found.scans == 0) return;
      if (!count.scan()) return;
    } else if ((marker >= app0 && marker <= app15) || marker == com) {
      if (!count.metadata(payload.size())) return;
      if (marker == app1 && text_of(payload).starts_with("Exif")) count_exif(payload, count);
    }
  }
}

}  // namespace wm::structure
