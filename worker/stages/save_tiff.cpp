#include "worker/stages/save_tiff.h"

#include <tiff.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "worker/stages/icc_profile.h"
#include "worker/stages/tiff_samples.h"
#include "worker/tiff/tiff_writer.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

constexpr int default_jpeg_quality = 90;
constexpr double mm_per_inch = 25.4;

bool is_lab(const Picture& picture) {
  return picture.layout.space == ColourSpace::lab || picture.layout.space == ColourSpace::lab_short;
}

bool is_lab_of_eight_bits(const Picture& picture) {
  return picture.layout.space == ColourSpace::lab_short &&
         (picture.packed_lab || (picture.tiff && picture.tiff->bits == 8));
}

std::uint16_t bits_of(const Picture& picture, const std::optional<FewColours>& few) {
  if (few) return static_cast<std::uint16_t>(few->depth);
  return static_cast<std::uint16_t>(is_lab_of_eight_bits(picture) ? 8 : 8 * sample_size(picture.layout.type));
}

std::uint16_t sample_format(SampleType type) {
  switch (type) {
    case SampleType::i8:
    case SampleType::i16:
    case SampleType::i32:
      return SAMPLEFORMAT_INT;
    case SampleType::f32:
    case SampleType::f64:
      return SAMPLEFORMAT_IEEEFP;
    default:
      return SAMPLEFORMAT_UINT;
  }
}

bool is_unsigned(SampleType type) {
  return type == SampleType::u8 || type == SampleType::u16 || type == SampleType::u32;
}

/// Numbers of tag 259: TIFF 6.0 and its supplements.
std::uint16_t compression_of(const Picture& picture, const std::optional<FewColours>& few) {
  const bool can_be_jpeg = picture.layout.type == SampleType::u8 && !few && !is_lab(picture) &&
                           (picture.layout.bands == 3 || picture.layout.bands == 1);
  switch (const std::uint16_t kept = picture.tiff ? picture.tiff->compression : COMPRESSION_ADOBE_DEFLATE) {
    case COMPRESSION_NONE:
    case COMPRESSION_LZW:
    case COMPRESSION_PACKBITS:
      return kept;
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
      // The best of the three for black and white.
      if (few && few->depth == 1 && few->palette.empty()) return COMPRESSION_CCITTFAX4;
      break;
    case COMPRESSION_JPEG:
    case COMPRESSION_OJPEG:
      if (can_be_jpeg) return COMPRESSION_JPEG;
      break;
    default:
      break;
  }
  // Not every libtiff can write the newer ones.
  return COMPRESSION_ADOBE_DEFLATE;
}

std::uint16_t photometric_of(const Picture& picture, const std::optional<FewColours>& few,
                             std::uint16_t compression) {
  if (few && !few->palette.empty()) return PHOTOMETRIC_PALETTE;
  switch (picture.layout.space) {
    case ColourSpace::grey:
      return picture.tiff && picture.tiff->photometric == PHOTOMETRIC_MINISWHITE &&
                     is_unsigned(picture.layout.type) && compression != COMPRESSION_JPEG
                 ? PHOTOMETRIC_MINISWHITE
                 : PHOTOMETRIC_MINISBLACK;
    case ColourSpace::cmyk:
      return PHOTOMETRIC_SEPARATED;
    case ColourSpace::lab:
    case ColourSpace::lab_short:
      return PHOTOMETRIC_CIELAB;
    default:
      break;
  }
  const bool ycc = compression == COMPRESSION_JPEG && picture.tiff->photometric == PHOTOMETRIC_YCBCR;
  return ycc ? PHOTOMETRIC_YCBCR : PHOTOMETRIC_RGB;
}

bool valid_tile(std::uint32_t side) {
  return side >= 16 && side <= 4096 && side % 16 == 0;
}

std::vector<std::uint16_t> extra_samples_of(const Picture& picture) {
  const auto count = static_cast<std::size_t>(picture.layout.bands - picture.layout.colour_bands);
  if (picture.tiff && picture.tiff->extra_samples.size() == count) return picture.tiff->extra_samples;
  std::vector<std::uint16_t> kinds(count, EXTRASAMPLE_UNSPECIFIED);
  if (picture.layout.has_alpha) kinds.front() = EXTRASAMPLE_UNASSALPHA;
  return kinds;
}

/// Colours taken from the input's map keep their 16 bits.
std::vector<std::uint16_t> colour_map_of(const Picture& picture, const FewColours& few) {
  const std::size_t size = std::size_t{1} << few.depth;
  const int bands = picture.layout.bands;
  const std::vector<std::uint16_t>& own = picture.tiff->colour_map;
  const std::size_t own_size = own.size() / 3;
  std::vector<std::uint16_t> map(3 * size);
  for (std::size_t i = 0; i < few.palette.size(); ++i) {
    std::array<unsigned, 3> wanted{};
    for (std::size_t plane = 0; plane < 3; ++plane) {
      wanted[plane] = few.palette[i] >> (bands == 3 ? 8 * plane : 0) & 0xFF;
      map[plane * size + i] = static_cast<std::uint16_t>(wanted[plane] * 257);
    }
    for (std::size_t old = 0; old < own_size; ++old) {
      const auto is_same = [&](std::size_t plane) {
        return own[plane * own_size + old] >> 8U == wanted[plane];
      };
      if (!is_same(0) || !is_same(1) || !is_same(2)) continue;
      for (std::size_t plane = 0; plane < 3; ++plane) map[plane * size + i] = own[plane * own_size + old];
      break;
    }
  }
  return map;
}

tiff::TiffEncoding encoding_of(const Picture& picture, const std::optional<FewColours>& few,
                               const Encoding& encoding) {
  constexpr std::uint64_t classic_limit = std::uint64_t{3} << 30;
  const auto& layout = picture.layout;
  tiff::TiffEncoding result{.width = static_cast<std::uint32_t>(picture.page.width),
                            .height = static_cast<std::uint32_t>(picture.page.height),
                            .pages = static_cast<std::uint32_t>(picture.pages),
                            .bits = bits_of(picture, few),
                            .channels = static_cast<std::uint16_t>(few ? 1 : layout.bands),
                            .sample_format = sample_format(layout.type),
                            .compression = compression_of(picture, few)};
  if (layout.space == ColourSpace::lab_short) {
    result.sample_format = picture.tiff ? picture.tiff->sample_format : std::uint16_t{SAMPLEFORMAT_UINT};
  }
  result.photometric = photometric_of(picture, few, result.compression);
  if (!few) result.extra_samples = extra_samples_of(picture);
  if (few && !few->palette.empty()) result.colour_map = colour_map_of(picture, *few);
  result.jpeg_quality = encoding.quality.value_or(default_jpeg_quality);
  result.big = (picture.tiff && picture.tiff->big) || image_bytes(picture.image) > classic_limit;
  if (picture.tiff) {
    result.chroma_horizontal = picture.tiff->chroma_horizontal;
    result.chroma_vertical = picture.tiff->chroma_vertical;
    if (picture.sides_swapped) std::swap(result.chroma_horizontal, result.chroma_vertical);
    if (valid_tile(picture.tiff->tile_width) && valid_tile(picture.tiff->tile_height)) {
      result.tile_width = picture.tiff->tile_width;
      result.tile_height = picture.tiff->tile_height;
    }
  }
  constexpr double not_said = 1;  // libvips' pixels a millimetre for a file that does not record them
  if (picture.image.xres() != not_said || picture.image.yres() != not_said) {
    result.pixels_per_inch_x = picture.image.xres() * mm_per_inch;
    result.pixels_per_inch_y = picture.image.yres() * mm_per_inch;
  }
  result.icc_profile = icc_profile(picture.image);
  return result;
}

/// Rows of the picture's samples in the file's layout.
class SampleRows {
 public:
  SampleRows(const Picture& picture, const tiff::TiffEncoding& encoding)
      : picture_(picture),
        encoding_(encoding),
        lab_(is_lab_of_eight_bits(picture)
                 ? picture.packed_lab ? LabInFile::eight_bits : LabInFile::eight_bits_with_alpha
                 : LabInFile::sixteen_bits),
        associated_(picture.layout.has_alpha && !encoding.extra_samples.empty() &&
                    encoding.extra_samples.front() == EXTRASAMPLE_ASSOCALPHA) {}

  void operator()(std::uint32_t y, std::span<std::byte> row) const {
    const std::size_t bytes = row_bytes(picture_.image);
    const auto* const from = static_cast<const std::byte*>(picture_.image.data()) + bytes * y;
    if (picture_.layout.space == ColourSpace::lab_short) {
      const auto* const samples = reinterpret_cast<const std::int16_t*>(from);
      pack_lab({samples, bytes / sizeof(std::int16_t)}, encoding_.channels, lab_, row);
      return;
    }
    std::memcpy(row.data(), from, row.size());
    if (associated_) premultiply(row, encoding_.bits, encoding_.channels, picture_.layout.colour_bands);
    if (encoding_.photometric == PHOTOMETRIC_MINISWHITE) invert_grey(row, encoding_.bits, encoding_.channels);
  }

  [[nodiscard]] bool associated() const { return associated_; }

 private:
  const Picture& picture_;
  const tiff::TiffEncoding& encoding_;
  LabInFile lab_;
  bool associated_;
};

}  // namespace

SavedTiff save_tiff(const Picture& picture, const std::optional<FewColours>& few, const Encoding& encoding) {
  const tiff::TiffEncoding options = encoding_of(picture, few, encoding);
  SavedTiff result{.bits = options.bits};
  if (few) {
    const std::vector<std::uint8_t> indices = indices_of(picture, *few);
    const bool invert = options.photometric == PHOTOMETRIC_MINISWHITE;
    result.file = tiff::write_tiff(options, [&](std::uint32_t y, std::span<std::byte> row) {
      const auto width = std::size_t{options.width};
      pack_indices(std::span(indices).subspan(y * width, width), options.bits, invert, row);
    });
    return result;
  }
  const SampleRows rows(picture, options);
  result.file = tiff::write_tiff(options, rows);
  if (options.compression == COMPRESSION_JPEG) {
    result.lossless = false;
    result.quality = options.jpeg_quality;
  }
  // Files hold Lab in fewer bits, and premultiplied colours.
  if (is_lab(picture) || rows.associated()) result.lossless = false;
  return result;
}

}  // namespace wm
