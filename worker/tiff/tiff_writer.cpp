#include "worker/tiff/tiff_writer.h"

#include <algorithm>

#include "worker/tiff/memory_tiff.h"

namespace wm::tiff {
namespace {

// Approximate size of a strip: small enough for readers that want a part, large enough to compress well.
constexpr std::size_t strip_bytes = std::size_t{256} << 10;

class TiffWriting {
 public:
  TiffWriting(const TiffEncoding& encoding, const RowSource& rows)
      : encoding_(encoding),
        rows_(rows),
        file_(encoding.big ? MemoryTiff::Offsets::of_64_bits : MemoryTiff::Offsets::of_32_bits) {}

  std::vector<std::byte> run() {
    for (std::uint32_t page = 0; page < encoding_.pages; ++page) {
      set_fields(page);
      if (encoding_.tile_width > 0) {
        write_tiles(page);
      } else {
        write_rows(page);
      }
      file_.check(TIFFWriteDirectory(tiff()) != 0);
    }
    return file_.finish();
  }

 private:
  [[nodiscard]] TIFF* tiff() const { return file_.get(); }
  [[nodiscard]] std::size_t row_bytes(std::uint32_t width) const {
    return (std::size_t{width} * encoding_.channels * encoding_.bits + 7) / 8;
  }

  template <class... Values>
  void set(std::uint32_t tag, Values... values) {
    file_.check(TIFFSetField(tiff(), tag, values...) != 0);
  }

  void set_fields(std::uint32_t page) {
    set(TIFFTAG_IMAGEWIDTH, encoding_.width);
    set(TIFFTAG_IMAGELENGTH, encoding_.height);
    set(TIFFTAG_BITSPERSAMPLE, encoding_.bits);
    set(TIFFTAG_SAMPLESPERPIXEL, encoding_.channels);
    set(TIFFTAG_SAMPLEFORMAT, encoding_.sample_format);
    set(TIFFTAG_PHOTOMETRIC, encoding_.photometric);
    set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    if (!encoding_.extra_samples.empty()) {
      set(TIFFTAG_EXTRASAMPLES, static_cast<std::uint16_t>(encoding_.extra_samples.size()),
          encoding_.extra_samples.data());
    }
    if (!encoding_.colour_map.empty()) {
      const std::uint16_t* const red = encoding_.colour_map.data();
      const std::size_t colours = encoding_.colour_map.size() / 3;
      set(TIFFTAG_COLORMAP, red, red + colours, red + 2 * colours);
    }
    if (encoding_.photometric == PHOTOMETRIC_SEPARATED) set(TIFFTAG_INKSET, INKSET_CMYK);
    set_compression();
    set_pieces();
    if (encoding_.pages > 1) {
      set(TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
      set(TIFFTAG_PAGENUMBER, static_cast<std::uint16_t>(std::min<std::uint32_t>(page, UINT16_MAX)),
          static_cast<std::uint16_t>(std::min<std::uint32_t>(encoding_.pages, UINT16_MAX)));
    }
    if (encoding_.pixels_per_inch_x > 0) {
      set(TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
      set(TIFFTAG_XRESOLUTION, encoding_.pixels_per_inch_x);
      set(TIFFTAG_YRESOLUTION, encoding_.pixels_per_inch_y);
    }
    if (!encoding_.icc_profile.empty()) {
      set(TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(encoding_.icc_profile.size()),
          encoding_.icc_profile.data());
    }
  }

  void set_compression() {
    set(TIFFTAG_COMPRESSION, encoding_.compression);
    if (encoding_.compression == COMPRESSION_JPEG) {
      set(TIFFTAG_JPEGQUALITY, encoding_.jpeg_quality);
      if (encoding_.photometric == PHOTOMETRIC_YCBCR) {
        set(TIFFTAG_YCBCRSUBSAMPLING, encoding_.chroma_horizontal, encoding_.chroma_vertical);
        set(TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      }
    }
    const bool predicted = encoding_.compression == COMPRESSION_LZW ||
                           encoding_.compression == COMPRESSION_ADOBE_DEFLATE ||
                           encoding_.compression == COMPRESSION_DEFLATE;
    const bool whole_bytes = encoding_.bits >= 8 && encoding_.colour_map.empty();
    if (predicted && whole_bytes) set(TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  }

  void set_pieces() {
    if (encoding_.tile_width > 0) {
      set(TIFFTAG_TILEWIDTH, encoding_.tile_width);
      set(TIFFTAG_TILELENGTH, encoding_.tile_height);
      return;
    }
    // With JPEG and quartered chroma resolution, strips have multiples of 16 rows; otherwise 8 is enough.
    constexpr std::uint32_t unit = 16;
    auto rows =
        static_cast<std::uint32_t>(strip_bytes / std::max<std::size_t>(row_bytes(encoding_.width), 1));
    rows = std::max(rows / unit * unit, encoding_.compression == COMPRESSION_JPEG ? unit : 1U);
    set(TIFFTAG_ROWSPERSTRIP, std::min(rows, encoding_.height));
  }

  void write_rows(std::uint32_t page) {
    std::vector<std::byte> row(row_bytes(encoding_.width));
    for (std::uint32_t y = 0; y < encoding_.height; ++y) {
      rows_(page * encoding_.height + y, row);
      file_.check(TIFFWriteScanline(tiff(), row.data(), y, 0) >= 0);
    }
  }

  /// The part of a tile beyond the picture repeats the last pixels, which compresses best and causes least
  /// ringing with JPEG. All tile widths are whole bytes.
  void write_tiles(std::uint32_t page) {
    const std::size_t tile_row = row_bytes(encoding_.tile_width);
    const std::size_t row_size = row_bytes(encoding_.width);
    std::vector<std::byte> band(row_size * encoding_.tile_height);
    std::vector<std::byte> tile(tile_row * encoding_.tile_height);
    for (std::uint32_t top = 0; top < encoding_.height; top += encoding_.tile_height) {
      const std::uint32_t rows = std::min(encoding_.tile_height, encoding_.height - top);
      for (std::uint32_t y = 0; y < rows; ++y) {
        rows_(page * encoding_.height + top + y, std::span(band).subspan(y * row_size, row_size));
      }
      for (std::uint32_t left = 0; left < encoding_.width; left += encoding_.tile_width) {
        const std::size_t begin = row_bytes(left);
        const std::size_t count = std::min(tile_row, row_size - begin);
        for (std::uint32_t y = 0; y < encoding_.tile_height; ++y) {
          const auto from = std::span(band).subspan(std::min(y, rows - 1) * row_size + begin, count);
          fill_tile_row(std::span(tile).subspan(y * tile_row, tile_row), from);
        }
        file_.check(TIFFWriteTile(tiff(), tile.data(), left, top, 0, 0) >= 0);
      }
    }
  }

  void fill_tile_row(std::span<std::byte> to, std::span<const std::byte> from) const {
    std::ranges::copy(from, to.begin());
    const std::size_t pixel = std::max<std::size_t>(std::size_t{encoding_.channels} * encoding_.bits / 8, 1);
    for (std::size_t at = from.size(); at < to.size(); ++at) to[at] = to[at - std::min(pixel, at)];
  }

  const TiffEncoding& encoding_;
  const RowSource& rows_;
  MemoryTiff file_;
};

}  // namespace

std::vector<std::byte> write_tiff(const TiffEncoding& encoding, const RowSource& rows) {
  return TiffWriting(encoding, rows).run();
}

}  // namespace wm::tiff
