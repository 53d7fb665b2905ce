#include "worker/metadata/utf8.h"

#include <algorithm>

namespace wm::metadata {

std::optional<char32_t> next_code_point(std::string_view& text) {
  const std::size_t size = utf8_sequence_length(text);
  if (size == 0) return std::nullopt;
  const auto byte = [&text](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  // The lead byte of a sequence of 2, 3 or 4 bytes has 5, 4 or 3 bits of the value.
  char32_t value = size == 1 ? byte(0) : byte(0) & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) value = value << 6 | (byte(i) & 0x3F);
  text.remove_prefix(size);
  return value;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append_utf8(std::string& text, char32_t code_point) {
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point < 0xE000)) code_point = 0xFFFD;
  const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

std::string utf8_of_utf16(ByteSpan bytes, Endian order) {
  std::string text;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const char32_t unit = u16(bytes, i, order);
    const char32_t low = u16(bytes, i + 2, order);
    if (unit >= 0xD800 && unit < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
      append_utf8(text, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      i += 2;
    } else {
      append_utf8(text, unit);
    }
  }
  return text;
}

std::string utf8_of_latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) append_utf8(text, static_cast<unsigned char>(c));
  return text;
}

std::optional<std::string> latin1_of_utf8(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const auto code_point = next_code_point(text);
    if (!code_point || *code_point > 0xFF) return std::nullopt;
    bytes += static_cast<char>(static_cast<unsigned char>(*code_point));
  }
  return bytes;
}

}  // namespace wm::metadata
