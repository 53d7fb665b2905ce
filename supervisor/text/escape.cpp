#include "supervisor/text/escape.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace wm {
namespace {

constexpr unsigned byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

void append_hex(std::string& out, std::string_view prefix, unsigned byte, std::string_view digits) {
  out += prefix;
  out += digits[byte >> 4U];
  out += digits[byte & 0xFU];
}

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

void append_control(std::string& out, unsigned byte) {
  switch (byte) {
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case 0x1B:
      out += "\\e";
      break;
    default:
      append_hex(out, "\\x", byte, lower_digits);
  }
}

/// The character of a well-formed sequence.
constexpr std::uint32_t decoded(std::string_view sequence) {
  if (sequence.size() == 1) return byte_at(sequence, 0);
  constexpr std::array<unsigned, 5> lead_bits{0, 0, 0x1F, 0x0F, 0x07};
  std::uint32_t character = byte_at(sequence, 0) & lead_bits[sequence.size()];
  for (std::size_t index = 1; index < sequence.size(); ++index)
    character = character << 6U | (byte_at(sequence, index) & 0x3FU);
  return character;
}

/// Characters without a visible shape that end a line, change the direction of the following text, or hide in
/// a name: a name with them could falsify the rest of its line, or look like another name.
constexpr bool misleads(std::uint32_t character) {
  struct Range {
    std::uint32_t first, last;
  };
  constexpr std::array<Range, 9> ranges{{
      {0x061C, 0x061C},    // Arabic letter mark
      {0x180E, 0x180E},    // Mongolian vowel separator
      {0x200E, 0x200F},    // left-to-right and right-to-left marks
      {0x2028, 0x2029},    // line and paragraph separators
      {0x202A, 0x202E},    // embeddings and overrides of direction
      {0x2066, 0x2069},    // isolates of direction
      {0xFEFF, 0xFEFF},    // byte order mark
      {0xFFF9, 0xFFFB},    // interlinear annotations
      {0xE0000, 0xE007F},  // tags
  }};
  return std::ranges::any_of(
      ranges, [&](const Range& range) { return character >= range.first && character <= range.last; });
}

std::string escaped(std::string_view bytes, std::string_view backslash) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence_length(bytes);
    const unsigned lead = byte_at(bytes, 0);
    const bool is_c1 = length == 2 && lead == 0xC2 && byte_at(bytes, 1) < 0xA0;
    if (length == 0) {
      append_hex(out, "\\x", lead, lower_digits);
    } else if (length == 1 && (lead < 0x20 || lead == 0x7F)) {
      append_control(out, lead);
    } else if (is_c1) {
      append_hex(out, "\\x", lead, lower_digits);
      append_hex(out, "\\x", byte_at(bytes, 1), lower_digits);
    } else if (length > 1 && misleads(decoded(bytes.substr(0, length)))) {
      for (const char byte : bytes.substr(0, length))
        append_hex(out, "\\x", static_cast<unsigned char>(byte), lower_digits);
    } else if (lead == '\\') {
      out += backslash;
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::string one_line(std::string_view bytes) {
  return escaped(bytes, "\\");
}

std::string shown_path(std::string_view path) {
  return escaped(path, "\\\\");
}

std::string shell_word(std::string_view word) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=:,./@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) return std::string(word);
  std::string quoted;
  if (one_line(word) == word) {
    for (const char letter : word) letter == '\'' ? quoted += "'\\''" : quoted += letter;
    return "'" + quoted + "'";
  }
  // Each unusual byte takes three octal digits, so that a following digit cannot be read as part of it.
  for (std::size_t index = 0; index < word.size(); ++index) {
    const unsigned byte = byte_at(word, index);
    if (byte < 0x20 || byte > 0x7E || byte == '\'' || byte == '\\') {
      quoted += '\\';
      for (const unsigned shift : {6U, 3U, 0U}) quoted += upper_digits[(byte >> shift) & 7U];
    } else {
      quoted += word[index];
    }
  }
  return "$'" + quoted + "'";
}

std::string percent_encoded(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    const unsigned byte = byte_at(bytes, index);
    if (byte < 0x20 || byte > 0x7E || byte == '%') {
      append_hex(out, "%", byte, upper_digits);
    } else {
      out += bytes[index];
    }
  }
  return out;
}

}  // namespace wm
