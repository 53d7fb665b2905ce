#include "tests/support/damaged_files.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include <vips/vips8>
#include <zlib.h>

#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

using namespace std::literals;

std::size_t position_of(const std::string& bytes, std::string_view what, std::size_t from = 0) {
  const std::size_t at = bytes.find(what, from);
  if (at == std::string::npos) throw std::runtime_error("a sample picture lacks what is to be damaged");
  return at;
}

std::string cut(const std::string& bytes, std::size_t length) {
  return bytes.substr(0, length);
}

/// The part of `bytes` that is left after so many percent.
std::string cut_at(const std::string& bytes, int percent) {
  return cut(bytes, bytes.size() * static_cast<std::size_t>(percent) / 100);
}

std::string with(std::string bytes, std::size_t at, std::string_view other) {
  return bytes.replace(at, other.size(), other);
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string little_endian(std::uint32_t value) {
  std::string bytes = big_endian(value);
  std::ranges::reverse(bytes);
  return bytes;
}

// ---- JPEG: ITU T.81 ---------------------------------------------------------------------------------------

std::string without_segments(std::string bytes, char marker) {
  const std::string mark{'\xff', marker};
  for (std::size_t at = 2; bytes[at + 1] != '\xda';) {
    const std::size_t length = 2 + std::size_t{static_cast<unsigned char>(bytes[at + 2])} * 256 +
                               static_cast<unsigned char>(bytes[at + 3]);
    if (bytes.compare(at, 2, mark) == 0) {
      bytes.erase(at, length);
    } else {
      at += length;
    }
  }
  return bytes;
}

std::vector<DamagedFile> jpeg_files() {
  const std::string good = sample_picture(160, 120, ".jpg[Q=90,strip]", 1);
  const std::string progressive = sample_picture(160, 120, ".jpg[Q=90,strip,interlace]", 1);
  const std::size_t frame = position_of(good, "\xff\xc0"), tables = position_of(good, "\xff\xc4"),
                    scan = position_of(good, "\xff\xda"), quantisation = position_of(good, "\xff\xdb");
  const std::size_t pixels = scan + 14;
  const std::size_t middle = pixels + (good.size() - pixels) / 2;
  return {
      {"empty", ""},
      {"text", "This is no picture, whatever its name says.\n"},
      {"start-only", cut(good, 3)},
      {"ends-in-quantisation-table", cut(good, quantisation + 20)},
      {"ends-in-huffman-table", cut(good, tables + 10)},
      {"ends-before-scan", cut(good, scan)},
      {"ends-in-scan", cut_at(good, 60)},
      {"ends-in-progressive-scan", cut_at(progressive, 60)},
      {"bad-huffman-code", with(good, middle, "\xff\0\xff\0\xff\0\xff\0\xff\0"sv)},
      {"scan-ends-early", with(good, middle, "\xff\xd9"sv)},
      {"bogus-huffman-table", with(good, tables + 5, std::string(16, '\xff'))},
      {"no-quantisation-table", without_segments(good, '\xdb')},
      {"no-frame", without_segments(good, '\xc0')},
      {"twelve-bits", with(good, frame + 4, "\x0c")},
      {"lossless-process", with(good, frame, "\xff\xc3")},
      {"no-height", with(good, frame + 5, "\0\0"sv)},
      {"frame-length-wrong", with(good, frame + 2, "\0\x10"sv)},
      {"sampling-factor-wrong", with(good, frame + 11, "\x55")},
      {"component-unknown", with(good, scan + 5, "\x77")},
      {"wider-than-libjpeg-reads", with(good, frame + 7, "\xff\xff")},
  };
}

// ---- PNG: ISO/IEC 15948 -----------------------------------------------------------------------------------

std::string png_chunk(std::string_view type, const std::string& data) {
  const std::string body = std::string(type) + data;
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
  return big_endian(static_cast<std::uint32_t>(data.size())) + body +
         big_endian(static_cast<std::uint32_t>(crc));
}

constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n"sv;

std::string png_header(std::uint32_t width, std::uint32_t height, std::string_view rest) {
  return png_chunk("IHDR", big_endian(width) + big_endian(height) + std::string(rest));
}

std::string zlib_stream(const std::string& data) {
  uLongf size = ::compressBound(static_cast<uLong>(data.size()));
  std::string result(size, '\0');
  ::compress(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
             static_cast<uLong>(data.size()));
  result.resize(size);
  return result;
}

/// A grey picture with another header, and pixels for the right one.
std::string png_with_header(const std::string& header) {
  return std::string(png_signature) + header + png_chunk("IDAT", zlib_stream(std::string(65 * 48, '\0'))) +
         png_chunk("IEND", "");
}

std::vector<DamagedFile> png_files() {
  const std::string good = sample_picture(160, 120, ".png", 2);
  const std::string interlaced = sample_picture(160, 120, ".png[interlace]", 2);
  const std::size_t pixels = position_of(good, "IDAT") + 4;
  const std::string head = cut(good, 33);  // signature and IHDR
  const std::string grey = png_header(64, 48, "\x08\0\0\0\0"sv);
  const std::string rows = png_chunk("IDAT", zlib_stream(std::string(65 * 48, '\0')));
  std::string broken_stream = zlib_stream(std::string(65 * 48, '\x07'));
  broken_stream.replace(4, 6, "\xff\xff\xff\xff\xff\xff");
  const std::string end = png_chunk("IEND", "");
  const std::string unknown = png_chunk("ABCD", "what only some programs know");
  const std::string start(png_signature);
  return {
      {"signature-only", start},
      {"ends-in-header", cut(good, 20)},
      {"ends-in-pixels", cut_at(good, 60)},
      {"interlaced-ends-in-pixels", cut_at(interlaced, 60)},
      {"no-pixels", head + end},
      {"no-header", start + rows + end},
      {"bit-depth-3", png_with_header(png_header(64, 48, "\x03\0\0\0\0"sv))},
      {"colour-type-5", png_with_header(png_header(64, 48, "\x08\x05\0\0\0"sv))},
      {"no-width", png_with_header(png_header(0, 48, "\x08\0\0\0\0"sv))},
      {"compression-method-1", png_with_header(png_header(64, 48, "\x08\0\1\0\0"sv))},
      {"filter-method-9", png_with_header(png_header(64, 48, "\x08\0\0\x09\0"sv))},
      {"interlace-method-7", png_with_header(png_header(64, 48, "\x08\0\0\0\x07"sv))},
      {"wider-than-libpng-reads", png_with_header(png_header(10'000'001, 48, "\x08\0\0\0\0"sv))},
      {"header-checksum-wrong", with(good, 29, "\1\2\3\4")},
      {"pixels-checksum-wrong", with(good, good.size() - 16, "\1\2\3\4")},
      {"pixels-changed", with(good, pixels + (good.size() - pixels) / 2, "\xaa\x55\xaa\x55")},
      {"stream-invalid", start + grey + png_chunk("IDAT", broken_stream) + end},
      {"no-palette", start + png_header(64, 48, "\x08\3\0\0\0"sv) + rows + end},
      {"unknown-critical-chunk", start + grey + unknown + rows + end},
      {"unknown-critical-chunk-damaged", start + grey + with(unknown, 10, "XYZ") + rows + end},
      {"too-few-rows", start + grey + png_chunk("IDAT", zlib_stream(std::string(65 * 20, '\0'))) + end},
      {"chunk-length-impossible", with(good, 33, "\xff\xff\xff\xff")},
  };
}

// ---- WebP, GIF --------------------------------------------------------------------------------------------

std::vector<DamagedFile> webp_files() {
  const std::string good = sample_picture(160, 120, ".webp[Q=80,strip]", 3);
  const std::string lossless = sample_picture(160, 120, ".webp[lossless,strip]", 3);
  const std::size_t frame = position_of(good, "VP8 ");
  return {
      {"header-only", cut(good, 12)},
      {"ends-in-pixels", cut_at(good, 60)},
      {"lossless-ends-in-pixels", cut_at(lossless, 60)},
      {"start-code-wrong", with(good, frame + 11, "\1\2\3")},
      {"chunk-unknown", with(good, frame, "VPXY")},
  };
}

std::vector<DamagedFile> gif_files() {
  const std::string good = sample_picture(160, 120, ".gif", 4);
  const std::size_t image = position_of(good, ",\0\0\0\0\xa0\0"sv);
  return {
      {"header-only", cut(good, 6)},
      {"ends-in-colours", cut(good, 100)},
      {"ends-in-pixels", cut_at(good, 60)},
      {"no-frame", "GIF89a\x08\0\x08\0\x80\0\0\0\0\0\xff\xff\xff;"s},
      {"code-size-wrong",
       "GIF89a\x08\0\x08\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x08\0\x08\0\0\x0d\2\x44\1\0;"s},
      {"block-unknown", with(good, image, "\x99")},
  };
}

// ---- TIFF: revision 6.0 -----------------------------------------------------------------------------------

std::uint32_t number(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// Where the value of `tag` stands in the entry of a little-endian file's first directory.
std::size_t tiff_value(const std::string& bytes, std::uint32_t tag) {
  const std::size_t directory = number(bytes, 4, 4);
  for (std::size_t i = 0; i < number(bytes, directory, 2); ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (number(bytes, entry, 2) == tag) return entry + 8;
  }
  throw std::runtime_error("a sample TIFF lacks a tag");
}

std::vector<DamagedFile> tiff_files() {
  constexpr std::uint32_t bits = 258, compression = 259, offsets = 273, samples = 277, tile_offsets = 324;
  const std::string grey = sample_picture(160, 120, ".tif", 5);
  const Pixels one_band = sample_pixels(160, 120, 1, 5);
  const std::string plain = encoded(one_band, ".tif[tile,tile_width=256,tile_height=128]");
  const std::string strips = encoded(one_band, ".tif");
  const std::string deflated = encoded(one_band, ".tif[compression=deflate]");
  const std::string lzw = encoded(one_band, ".tif[compression=lzw]");
  void* made = nullptr;
  std::size_t size = 0;
  vips::VImage::black(32, 24).cast(VIPS_FORMAT_DOUBLE).write_to_buffer(".tif", &made, &size);
  const std::string doubles(static_cast<const char*>(made), size);
  g_free(made);
  const auto short_value = [](std::uint32_t value) { return little_endian(value).substr(0, 2); };
  return {
      {"header-only", cut(grey, 8)},
      {"directory-beyond-the-end", with(grey, 4, little_endian(0x7fffff00))},
      {"ends-in-pixels", cut(grey, 2000)},
      {"tile-beyond-the-end", with(plain, tiff_value(plain, tile_offsets), little_endian(0x7fffff00))},
      {"compression-unknown", with(strips, tiff_value(strips, compression), short_value(50'111))},
      {"doubles", doubles},
      {"twelve-bits", with(strips, tiff_value(strips, bits), short_value(12))},
      {"no-samples", with(strips, tiff_value(strips, samples), short_value(0))},
      {"deflate-damaged", with(deflated, number(deflated, tiff_value(deflated, offsets), 4) % deflated.size(),
                               std::string(40, '\xff'))},
      {"lzw-damaged", with(lzw, 8, std::string(600, '\xff'))},
  };
}

// ---- AVIF: ISO/IEC 23008-12 -------------------------------------------------------------------------------

std::vector<DamagedFile> avif_files() {
  const std::string good = sample_picture(160, 120, ".avif[Q=60,effort=0]", 6);
  const std::size_t size = position_of(good, "ispe") + 8, data = position_of(good, "mdat") + 4;
  return {
      {"brand-only", cut(good, 24)},
      {"ends-in-directory", cut(good, 200)},
      {"ends-in-pixels", cut_at(good, 60)},
      {"wider-than-libavif-reads", with(good, size, big_endian(17'000) + big_endian(17'000))},
      {"pixels-overwritten", with(good, data, std::string(good.size() - data, '\0'))},
      {"picture-of-unknown-type", with(good, position_of(good, "av01"), "xy01")},
      {"no-primary-picture", with(good, position_of(good, "pitm"), "free")},
  };
}

}  // namespace

std::vector<DamagedFile> damaged_files(const std::string& format) {
  std::vector<DamagedFile> files;
  if (format == "jpg") files = jpeg_files();
  if (format == "png") files = png_files();
  if (format == "webp") files = webp_files();
  if (format == "gif") files = gif_files();
  if (format == "tif") files = tiff_files();
  if (format == "avif") files = avif_files();
  for (DamagedFile& file : files) file.name += "." + format;
  return files;
}

}  // namespace wm::test
