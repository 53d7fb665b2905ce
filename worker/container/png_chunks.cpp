#include "worker/container/png_chunks.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>

#include <zlib.h>

namespace wm::container {
namespace {

constexpr std::size_t max_text = std::size_t{16} << 20;

bool is_type(std::string_view type) {
  return std::ranges::all_of(type, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

/// zlib's struct wants pointers to bytes that it will not change.
Bytef* zlib_bytes(ByteSpan bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
}

}  // namespace

std::optional<PngChunks> read_png_chunks(ByteSpan file) {
  if (!starts_with(file, png_signature)) return std::nullopt;
  PngChunks result;
  std::size_t at = png_signature.size();
  while (inside(file, at, 12)) {
    const std::size_t length = u32(file, at);
    const auto type = text_of(part(file, at + 4, 4));
    if (!inside(file, at, 12 + length) || !is_type(type)) break;
    result.chunks.push_back(
        {.type = type, .whole = part(file, at, 12 + length), .data = part(file, at + 8, length)});
    at += 12 + length;
    if (type == "IEND") break;
  }
  result.end = at;
  return result;
}

bool has_right_crc(const PngChunk& chunk) {
  const ByteSpan covered = part(chunk.whole, 4, chunk.whole.size() - 8);
  return u32(chunk.whole, chunk.whole.size() - 4) == ::libdeflate_crc32(0, covered.data(), covered.size());
}

void append_png_chunk(Bytes& file, std::string_view type, ByteSpan data) {
  append_u32(file, static_cast<std::uint32_t>(data.size()));
  const std::size_t begin = file.size();
  append(file, type);
  append(file, data);
  const ByteSpan covered = part(file, begin);
  append_u32(file, static_cast<std::uint32_t>(::libdeflate_crc32(0, covered.data(), covered.size())));
}

std::optional<Bytes> inflated(ByteSpan data, std::size_t limit) {
  z_stream stream{};
  if (data.size() > UINT32_MAX || inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = zlib_bytes(data);
  stream.avail_in = static_cast<uInt>(data.size());
  Bytes result;
  int state = Z_OK;
  while (state == Z_OK && result.size() <= limit) {
    std::array<std::byte, 16384> buffer{};
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = buffer.size();
    state = inflate(&stream, Z_NO_FLUSH);
    append(result, part(buffer, 0, buffer.size() - stream.avail_out));
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END || result.size() > limit) return std::nullopt;
  return result;
}

Bytes deflated(ByteSpan data) {
  uLongf size = compressBound(data.size());
  Bytes result(size);
  if (compress(reinterpret_cast<Bytef*>(result.data()), &size, zlib_bytes(data), data.size()) != Z_OK)
    return {};
  result.resize(size);
  return result;
}

std::optional<PngText> read_png_text(const PngChunk& chunk) {
  const auto text = text_of(chunk.data);
  const auto end = text.find('\0');
  if (end == std::string_view::npos || end == 0 || end > 79) return std::nullopt;
  PngText result{.keyword = text.substr(0, end)};
  ByteSpan rest = part(chunk.data, end + 1);
  bool compressed = false;
  if (chunk.is("zTXt")) {
    if (rest.empty()) return std::nullopt;
    compressed = true;
    rest = part(rest, 1);
  } else if (chunk.is("iTXt")) {
    compressed = u8(rest, 0) != 0;
    // Behind flag and method: language and the keyword in that language.
    const auto language_end = text_of(rest).find('\0', 2);
    if (rest.size() < 2 || language_end == std::string_view::npos) return std::nullopt;
    const auto translated_end = text_of(rest).find('\0', language_end + 1);
    if (translated_end == std::string_view::npos) return std::nullopt;
    rest = part(rest, translated_end + 1);
  } else if (!chunk.is("tEXt")) {
    return std::nullopt;
  }
  auto plain = compressed ? inflated(rest, max_text) : std::optional(to_bytes(rest));
  result.readable = plain.has_value();
  if (plain) result.text = std::move(*plain);
  return result;
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

}  // namespace wm::container
