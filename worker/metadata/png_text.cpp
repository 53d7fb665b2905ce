#include "worker/metadata/png_text.h"

#include <string>

#include <zlib.h>

#include "worker/container/inflater.h"

namespace wm::metadata {
namespace {

Bytes deflated(ByteSpan data) {
  uLongf size = compressBound(data.size());
  Bytes result(size);
  if (compress(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
               data.size()) != Z_OK) {
    return {};
  }
  result.resize(size);
  return result;
}

}  // namespace

std::optional<PngText> read_png_text(const PngChunk& chunk) {
  constexpr std::size_t longest_keyword = 79, max_text = std::size_t{16} << 20;
  const auto text = split_png_text(chunk);
  if (!text || chunk.is("iCCP") || text->keyword.empty() || text->keyword.size() > longest_keyword) {
    return std::nullopt;
  }
  auto plain = text->compressed ? inflated(text->content, max_text) : to_bytes(text->content);
  const bool readable = plain.has_value();
  return PngText{.keyword = text->keyword, .readable = readable, .text = std::move(plain).value_or(Bytes{})};
}

void append_png_text(Bytes& file, std::string_view type, std::string_view keyword, ByteSpan text) {
  Bytes data = to_bytes(keyword);
  append_u8(data, 0);
  if (type == "zTXt") {
    append_u8(data, 0);
    append(data, deflated(text));
  } else {
    if (type == "iTXt") append(data, "\0\0\0\0"sv);  // not compressed, no language, no translated keyword
    append(data, text);
  }
  append_png_chunk(file, type, data);
}

std::optional<Bytes> read_raw_profile(ByteSpan text) {
  // A line break, the name, the number of bytes, hexadecimal digits with white space anywhere.
  constexpr std::string_view white = " \t\r\n";
  auto rest = text_of(text);
  for (int line = 0; line < 2; ++line) {
    const auto begin = rest.find_first_not_of(white);
    const auto end = begin == std::string_view::npos ? begin : rest.find('\n', begin);
    if (end == std::string_view::npos) return std::nullopt;
    const auto word = rest.substr(begin, end - begin);
    if (line == 1 && word.find_first_not_of("0123456789 \t\r") != std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end);
  }
  Bytes block;
  block.reserve(rest.size() / 2);
  int high = -1;
  for (const char c : rest) {
    int value = -1;
    if (c >= '0' && c <= '9') value = c - '0';
    if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
    if (value < 0) {
      if (white.find(c) == std::string_view::npos) return std::nullopt;
    } else if (high < 0) {
      high = value;
    } else {
      append_u8(block, static_cast<std::uint32_t>(high * 16 + value));
      high = -1;
    }
  }
  return block;
}

Bytes raw_profile(std::string_view name, ByteSpan block) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string number = std::to_string(block.size());
  number.insert(0, number.size() < 8 ? 8 - number.size() : 0, ' ');
  Bytes text = to_bytes("\n" + std::string(name) + "\n" + number + "\n");
  for (std::size_t i = 0; i < block.size(); ++i) {
    append_u8(text, static_cast<std::uint32_t>(digits[u8(block, i) >> 4]));
    append_u8(text, static_cast<std::uint32_t>(digits[u8(block, i) & 15]));
    if (i % 36 == 35) append(text, "\n");
  }
  if (block.size() % 36 != 0) append(text, "\n");
  return text;
}

}  // namespace wm::metadata
