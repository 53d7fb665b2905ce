#include "tests/support/bombs.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include <zlib.h>

namespace wm::test::bombs {
namespace {

using namespace std::literals;

enum class Order : std::uint8_t { little, big };

std::string number(std::uint64_t value, std::size_t bytes, Order order) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i, value >>= 8) {
    text[order == Order::little ? i : bytes - 1 - i] = static_cast<char>(value & 0xFF);
  }
  return text;
}
std::string le(std::uint64_t value, std::size_t bytes) {
  return number(value, bytes, Order::little);
}
std::string be(std::uint64_t value, std::size_t bytes) {
  return number(value, bytes, Order::big);
}

std::string png_file(unsigned width, unsigned height, unsigned depth, unsigned colour, std::size_t row_bytes,
                     std::string_view chunks) {
  const std::string header = be(width, 4) + be(height, 4) + be(depth, 1) + be(colour, 1) + "\0\0\0"s;
  return "\x89PNG\r\n\x1a\n"s + png_chunk("IHDR", header) + std::string(chunks) +
         png_chunk("IDAT", deflated(std::string(1 + row_bytes, '\0'), height)) + png_chunk("IEND", "");
}

/// A LZW stream of one pixel of colour 0, with codes of three bits: clear, 0, end.
std::string one_gif_pixel() {
  return "\x02\x02\x44\x01\x00"s;
}

std::string tiff_entry(unsigned tag, unsigned type, std::uint64_t count, std::uint64_t value) {
  return le(tag, 2) + le(type, 2) + le(count, 4) + le(value, 4);
}

/// Bits of a scan, first bit highest, filled up with ones.
std::string scan_data(const std::string& bits) {
  std::string bytes;
  for (std::size_t i = 0; i < bits.size(); i += 8) {
    unsigned value = 0;
    for (std::size_t k = 0; k < 8; ++k) {
      value = value << 1 | (i + k < bits.size() ? static_cast<unsigned>(bits[i + k] - '0') : 1U);
    }
    bytes += static_cast<char>(value);
    if (value == 0xFF) bytes += '\0';
  }
  return bytes;
}

std::string binary(unsigned value, unsigned digits) {
  std::string text;
  for (unsigned i = digits; i-- > 0;) text += (value >> i & 1U) != 0 ? '1' : '0';
  return text;
}

}  // namespace

std::string deflated(std::string_view text, std::size_t times) {
  z_stream stream{};
  if (deflateInit(&stream, Z_BEST_COMPRESSION) != Z_OK) throw std::runtime_error("deflateInit");
  std::string packed;
  std::array<char, 65536> buffer{};
  const auto drain = [&](int flush) {
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = buffer.size();
      ::deflate(&stream, flush);
      packed.append(buffer.data(), buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  };
  for (std::size_t i = 0; i < times; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    drain(Z_NO_FLUSH);
  }
  drain(Z_FINISH);
  deflateEnd(&stream);
  return packed;
}

std::string png_chunk(std::string_view type, std::string_view data) {
  const std::string covered = std::string(type) + std::string(data);
  return be(data.size(), 4) + covered +
         be(::crc32_z(0, reinterpret_cast<const Bytef*>(covered.data()), covered.size()), 4);
}

std::string png(unsigned width, unsigned height, std::string_view chunks) {
  return png_file(width, height, 1, 0, (width + 7) / 8, chunks);
}

std::string deep_png(unsigned width, unsigned height) {
  return png_file(width, height, 16, 6, std::size_t{8} * width, {});
}

std::string png_texts(std::string_view type, unsigned count, unsigned megabytes) {
  const std::string packed = deflated(std::string(1 << 20, 'A'), megabytes);
  std::string chunks;
  for (unsigned i = 0; i < count; ++i) {
    const std::string keyword = "k" + std::to_string(i);
    chunks += png_chunk(type, keyword + (type == "zTXt" ? "\0\0"s : "\0\1\0\0\0"s) + packed);
  }
  return chunks;
}

std::string png_profile(unsigned megabytes) {
  return png_chunk("iCCP", "icc\0\0"s + deflated(std::string(1 << 20, 'A'), megabytes));
}

std::string png_raw_profiles(unsigned count, unsigned megabytes) {
  const std::size_t bytes = std::size_t{megabytes} << 20;
  const std::string text = "\nexif\n " + std::to_string(bytes) + "\n" + std::string(2 * bytes, '0');
  const std::string chunk = png_chunk("zTXt", "Raw profile type exif\0\0"s + deflated(text, 1));
  std::string chunks;
  for (unsigned i = 0; i < count; ++i) chunks += chunk;
  return chunks;
}

std::string xmp_packet(std::size_t attributes) {
  std::string text = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><Thumbnails";
  for (std::size_t i = 0; i < attributes; ++i) text += " a" + std::to_string(i) + "=\"\"";
  return text + "/></x:xmpmeta>";
}

std::string png_xmp(std::string_view packet) {
  return png_chunk("iTXt", "XML:com.adobe.xmp\0\1\0\0\0"s + deflated(packet, 1));
}

std::string png_of_crumbs(unsigned width, unsigned height) {
  std::string rows;
  unsigned state = 1;
  for (unsigned i = 0; i < height; ++i) {
    rows += '\0';
    for (unsigned x = 0; x < (width + 7) / 8; ++x) {
      state = state * 1103515245 + 12345;
      rows += static_cast<char>(state >> 16);
    }
  }
  std::string file = "\x89PNG\r\n\x1a\n"s + png_chunk("IHDR", be(width, 4) + be(height, 4) + "\1\0\0\0\0"s);
  for (const char byte : deflated(rows, 1)) file += png_chunk("IDAT", std::string_view(&byte, 1));
  return file + png_chunk("IEND", "");
}

std::string gif(unsigned width, unsigned height, unsigned frames, std::string_view blocks) {
  std::string file = "GIF89a" + le(width, 2) + le(height, 2) + "\x80\0\0"s + "\0\0\0\xFF\xFF\xFF"s;
  file += blocks;
  const std::string frame = "\x21\xF9\x04\x00\x02\x00\x00\x00"s + "\x2C"s + le(0, 4) + le(1, 2) + le(1, 2) +
                            "\0"s + one_gif_pixel();
  for (unsigned i = 0; i < frames; ++i) file += frame;
  return file + "\x3B";
}

std::string webp(unsigned width, unsigned height, unsigned frames) {
  const auto chunk = [](std::string_view type, const std::string& data) {
    return std::string(type) + le(data.size(), 4) + data + (data.size() % 2 != 0 ? "\0"s : ""s);
  };
  // One pixel without loss: signature, sides less one, alpha, version, and codes of one symbol each.
  const std::string pixel = chunk("VP8L", "\x2F\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xFE\x07\x00"s);
  const std::string frame = chunk("ANMF", le(0, 12) + le(40, 3) + "\0"s + pixel);
  std::string body =
      "WEBP" + chunk("VP8X", "\x12\0\0\0"s + le(width - 1, 3) + le(height - 1, 3)) + chunk("ANIM", le(0, 6));
  for (unsigned i = 0; i < frames; ++i) body += frame;
  return "RIFF" + le(body.size(), 4) + body;
}

std::string tiff(unsigned width, unsigned height, unsigned pages, unsigned bands, unsigned bits) {
  const std::string strip = deflated(std::string(std::size_t{width} * bands * bits / 8, '\0'), height);
  constexpr std::size_t head = 16;
  constexpr std::size_t directory = 2 + 12 * 9 + 4;
  const std::size_t data = head + pages * directory;
  std::string file = "II*\0"s + le(head, 4) + le(bits, 2) + le(bits, 2) + le(bits, 2) + le(bits, 2);
  for (unsigned i = 0; i < pages; ++i) {
    const std::uint64_t depth = bands == 1 ? bits : 8;  // three do not fit into the entry
    file += le(9, 2) + tiff_entry(256, 4, 1, width) + tiff_entry(257, 4, 1, height) +
            tiff_entry(258, 3, bands, depth) + tiff_entry(259, 3, 1, 8) +
            tiff_entry(262, 3, 1, bands == 1 ? 1 : 2) + tiff_entry(273, 4, 1, data) +
            tiff_entry(277, 3, 1, bands) + tiff_entry(278, 4, 1, height) +
            tiff_entry(279, 4, 1, strip.size()) + le(i + 1 == pages ? 0 : head + (i + 1) * directory, 4);
  }
  return file + strip;
}

std::string tiff_of_tags(unsigned tags) {
  const std::size_t data = 8 + 2 + 12 * (9 + std::size_t{tags}) + 4;
  std::string entries = tiff_entry(256, 4, 1, 8) + tiff_entry(257, 4, 1, 8) + tiff_entry(258, 3, 1, 8) +
                        tiff_entry(259, 3, 1, 1) + tiff_entry(262, 3, 1, 1) + tiff_entry(273, 4, 1, data) +
                        tiff_entry(277, 3, 1, 1) + tiff_entry(278, 4, 1, 8) + tiff_entry(279, 4, 1, 64);
  for (unsigned i = 0; i < tags; ++i) entries += tiff_entry(400 + i, 3, 1, 1);
  return "II*\0"s + le(8, 4) + le(9 + tags, 2) + entries + le(0, 4) + std::string(64, '\0');
}

std::string tiff_block(unsigned tags, std::size_t bytes) {
  const std::size_t data = 8 + 2 + 12 * std::size_t{tags} + 4;
  std::string block = "II*\0"s + le(8, 4) + le(tags, 2);
  for (unsigned i = 0; i < tags; ++i) block += tiff_entry(50000 + i % 10000, 7, bytes, data);
  return block + le(0, 4) + std::string(bytes, 'x');
}

std::string jpeg_segment(unsigned char marker, std::string_view payload) {
  return std::string{'\xFF', static_cast<char>(marker)} + be(2 + payload.size(), 2) + std::string(payload);
}

std::string jpeg(unsigned width, unsigned height, unsigned scans) {
  const std::size_t blocks = std::size_t{(width + 7) / 8} * ((height + 7) / 8);
  std::string file = "\xFF\xD8"s + jpeg_segment(0xDB, "\0"s + std::string(64, '\1'));
  file += jpeg_segment(0xC2, "\x08"s + be(height, 2) + be(width, 2) + "\3\1\x11\0\2\x11\0\3\x11\0"s);
  // The only DC code says no difference; AC codes: 0 for runs of 2^14 blocks and more, 1 for one empty block.
  file += jpeg_segment(0xC4, "\0\0\1"s + std::string(14, '\0') + "\0"s);
  file += jpeg_segment(0xC4, "\x10\0\2"s + std::string(14, '\0') + "\xE0\0"s);
  file += jpeg_segment(0xDA, "\3\1\0\2\0\3\0\0\0\1"s) + std::string((2 * blocks * 3 + 7) / 8, '\0');
  std::string bits;
  std::size_t left = blocks;
  for (; left >= 16384; left -= std::min<std::size_t>(left, 32767)) {
    bits += "00" + binary(static_cast<unsigned>(std::min<std::size_t>(left, 32767) - 16384), 14);
  }
  for (; left > 0; --left) bits += "01";
  const std::string empty = scan_data(bits);
  for (unsigned i = 0; i < scans; ++i) {
    const auto component = static_cast<char>(1 + i % 3);
    const auto coefficient = static_cast<char>(1 + i / 3 % 63);
    file += jpeg_segment(0xDA, std::string{'\1', component, '\0', coefficient, coefficient, '\1'}) + empty;
  }
  return file + "\xFF\xD9";
}

std::string with_segments(std::string_view jpeg, std::string_view segments) {
  return std::string(jpeg.substr(0, 2)) + std::string(segments) + std::string(jpeg.substr(2));
}

}  // namespace wm::test::bombs
