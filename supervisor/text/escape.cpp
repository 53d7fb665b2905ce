#include "supervisor/text/escape.h"

#include <cstddef>

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

/// What ends a line (U+2028, U+2029) or turns the direction of what follows (U+202A to U+202E, U+2066 to
/// U+2069): a name could make the rest of its line say something else.
bool misleads(std::string_view sequence) {
  if (sequence.size() != 3 || byte_at(sequence, 0) != 0xE2) return false;
  const unsigned second = byte_at(sequence, 1), third = byte_at(sequence, 2);
  return (second == 0x80 && third >= 0xA8 && third <= 0xAE) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
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
    } else if (misleads(bytes.substr(0, length))) {
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
  // Each odd byte in three octal digits: what follows cannot be taken for one more.
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
