#include "worker/palette/indexed_png.h"

#include <png.h>

#include <array>
#include <csetjmp>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace wm {
namespace {

/// The state for libpng's callbacks. No exception may cross C code, so a lack of memory is recorded.
struct Writing {
  std::vector<std::byte> bytes;
  std::array<char, 200> message{};
  bool out_of_memory = false;
};

void keep_error(png_structp png, png_const_charp text) {
  auto* const writing = static_cast<Writing*>(png_get_error_ptr(png));
  for (std::size_t i = 0; i + 1 < writing->message.size() && text[i] != '\0'; ++i) {
    writing->message[i] = text[i];
  }
  png_longjmp(png, 1);
}

void keep_bytes(png_structp png, png_bytep data, std::size_t size) {
  auto* const writing = static_cast<Writing*>(png_get_io_ptr(png));
  try {
    const auto* const first = reinterpret_cast<const std::byte*>(data);
    writing->bytes.insert(writing->bytes.end(), first, first + size);
  } catch (const std::bad_alloc&) {
    writing->out_of_memory = true;
  }
}

struct Palette {
  std::array<png_color, 256> colours{};
  std::array<png_byte, 256> alpha{};
  int size = 0;
  int alpha_size = 0;  // up to the last entry that is not opaque
};

Palette palette_of(const IndexedPng& picture) {
  Palette palette;
  for (const PngPaletteEntry& entry : picture.palette) {
    const auto at = static_cast<std::size_t>(palette.size++);
    palette.colours[at] = {entry.red, entry.green, entry.blue};
    palette.alpha[at] = entry.alpha;
    if (entry.alpha != 255) palette.alpha_size = palette.size;
  }
  return palette;
}

/// No object with a destructor may live in this frame: longjmp would skip it.
bool write_file(png_structp png, png_infop info, const IndexedPng& picture, const Palette& palette,
                png_bytepp rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width), static_cast<png_uint_32>(picture.height),
               picture.depth, palette.size > 0 ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_GRAY,
               picture.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, picture.compression);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
  if (palette.size > 0) png_set_PLTE(png, info, palette.colours.data(), palette.size);
  if (palette.alpha_size > 0) png_set_tRNS(png, info, palette.alpha.data(), palette.alpha_size, nullptr);
  if (!picture.icc_profile.empty()) {
    // A profile that libpng rejects is left to the code that carries metadata over, and reported there.
    png_set_benign_errors(png, 1);
    png_set_iCCP(png, info, "icc", PNG_COMPRESSION_TYPE_BASE,
                 reinterpret_cast<png_const_bytep>(picture.icc_profile.data()),
                 static_cast<png_uint_32>(picture.icc_profile.size()));
  }
  png_write_info(png, info);
  png_set_packing(png);
  png_write_image(png, rows);
  png_write_end(png, info);
  return true;
}

}  // namespace

std::vector<std::byte> encode_indexed_png(const IndexedPng& picture) {
  const auto width = static_cast<std::size_t>(picture.width);
  const auto height = static_cast<std::size_t>(picture.height);
  if (picture.palette.size() > std::size_t{1} << picture.depth || picture.indices.size() < width * height) {
    throw std::runtime_error("these pixels cannot be a PNG with a palette");
  }
  Writing writing;
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y) {
    // libpng takes non-const pointers to rows that it only reads.
    rows[y] = const_cast<png_bytep>(picture.indices.data() + y * width);
  }
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writing, keep_error,
                                            [](png_structp, png_const_charp) {});
  if (png == nullptr) throw std::bad_alloc();
  png_infop info = png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_write_struct(&png, nullptr);
    throw std::bad_alloc();
  }
  png_set_write_fn(png, &writing, keep_bytes, nullptr);
  const bool written = write_file(png, info, picture, palette_of(picture), rows.data());
  png_destroy_write_struct(&png, &info);
  if (writing.out_of_memory) throw std::bad_alloc();
  if (!written) throw std::runtime_error(writing.message.data());
  return std::move(writing.bytes);
}

}  // namespace wm
