#include <cstring>
#include <string>

#include "worker/metadata/bytes.h"
#include "worker/soundness/sound_file.h"

namespace wm::soundness {
namespace {

using metadata::inside;
using metadata::u16;
using metadata::u8;

constexpr std::uint8_t sof0 = 0xC0, sof1 = 0xC1, sof2 = 0xC2, rst0 = 0xD0, rst7 = 0xD7, eoi = 0xD9,
                       sos = 0xDA;

/// The place of the 0xFF of the marker in which the scan that begins at `at` ends.
std::size_t end_of_scan(std::span<const std::byte> file, std::size_t at) {
  while (at + 1 < file.size()) {
    const void* const found = std::memchr(file.data() + at, 0xFF, file.size() - 1 - at);
    if (found == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - file.data());
    const std::uint8_t code = u8(file, at + 1);
    const bool stuffed = code == 0 || (code >= rst0 && code <= rst7);
    if (!stuffed) return at;
    at += 2;
  }
  throw Unsound("a scan does not end");
}

}  // namespace

Facts examine_jpeg(std::span<const std::byte> file) {
  if (u16(file, 0) != 0xFFD8) throw Unsound("it does not begin as a JPEG");
  Facts facts;
  std::size_t scans = 0;
  std::size_t at = 2;
  while (true) {
    if (u8(file, at) != 0xFF || !inside(file, at, 2)) throw Unsound("bytes lie where a marker should be");
    const std::uint8_t marker = u8(file, at + 1);
    if (marker == eoi) break;
    const std::size_t length = u16(file, at + 2);
    if (length < 2 || !inside(file, at + 2, length)) {
      throw Unsound("segment " + std::to_string(marker) + " reaches beyond the file");
    }
    if (marker == sof0 || marker == sof1 || marker == sof2) {
      if (facts.channels != 0) throw Unsound("it has two frames");
      facts.bits = u8(file, at + 4);
      facts.height = u16(file, at + 5);
      facts.width = u16(file, at + 7);
      facts.channels = u8(file, at + 9);
      if (length != 8 + std::size_t{3} * facts.channels) throw Unsound("its frame header has a wrong length");
    }
    at += 2 + length;
    if (marker != sos) continue;
    if (facts.channels == 0) throw Unsound("a scan comes before the frame header");
    const std::size_t begin = at;
    at = end_of_scan(file, at);
    if (at == begin) throw Unsound("a scan is empty");
    ++scans;
  }
  if (scans == 0) throw Unsound("it has no scan");
  return facts;
}

}  // namespace wm::soundness
