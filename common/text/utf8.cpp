#include "common/text/utf8.h"

namespace wm {
namespace {

constexpr unsigned byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

constexpr bool is_continuation(unsigned byte) {
  return (byte & 0xC0U) == 0x80U;
}

bool is_control(std::string_view sequence) {
  const unsigned lead = byte_at(sequence, 0);
  if (sequence.size() == 1) return (lead < 0x20 && lead != '\n' && lead != '\t') || lead == 0x7F;
  return sequence.size() == 2 && lead == 0xC2 && byte_at(sequence, 1) < 0xA0;  // C1
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view bytes) {
  // The ranges of the second byte are those of Unicode's table 3-7.
  const unsigned lead = byte_at(bytes, 0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || bytes.size() < length) return 0;
  const unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte_at(bytes, 1) < lowest || byte_at(bytes, 1) > highest) return 0;
  for (std::size_t index = 2; index < length; ++index) {
    if (!is_continuation(byte_at(bytes, index))) return 0;
  }
  return length;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string drawable_utf8(std::string_view bytes, std::size_t most) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence_length(bytes);
    std::string_view next = bytes.substr(0, length);
    if (length == 0)
      next = "\xEF\xBF\xBD";  // U+FFFD
    else if (is_control(next))
      next = " ";
    if (text.size() + next.size() > most) break;
    text += next;
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

}  // namespace wm
