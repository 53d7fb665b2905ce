#include "worker/tiff/tiff_traits.h"

#include <stdexcept>
#include <string_view>

#include "worker/tiff/memory_tiff.h"

namespace wm::tiff {
namespace {

std::uint16_t short_field(TIFF* tiff, std::uint32_t tag, std::uint16_t otherwise) {
  std::uint16_t value = otherwise;
  return TIFFGetFieldDefaulted(tiff, tag, &value) != 0 ? value : otherwise;
}

std::uint32_t long_field(TIFF* tiff, std::uint32_t tag) {
  std::uint32_t value = 0;
  return TIFFGetField(tiff, tag, &value) != 0 ? value : 0;
}

std::vector<std::uint16_t> colour_map(TIFF* tiff, std::uint16_t bits) {
  std::uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
  constexpr std::uint16_t most_bits = 16;
  if (bits > most_bits || TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue) == 0) return {};
  const std::size_t colours = std::size_t{1} << bits;
  std::vector<std::uint16_t> map;
  for (const std::uint16_t* plane : {red, green, blue}) map.insert(map.end(), plane, plane + colours);
  return map;
}

TiffTraits traits_of(TIFF* tiff) {
  TiffTraits traits{.compression = short_field(tiff, TIFFTAG_COMPRESSION, 1),
                    .bits = short_field(tiff, TIFFTAG_BITSPERSAMPLE, 1),
                    .channels = short_field(tiff, TIFFTAG_SAMPLESPERPIXEL, 1),
                    .sample_format = short_field(tiff, TIFFTAG_SAMPLEFORMAT, 1),
                    .ink_set = short_field(tiff, TIFFTAG_INKSET, 1),
                    .separate_planes = short_field(tiff, TIFFTAG_PLANARCONFIG, 1) == PLANARCONFIG_SEPARATE,
                    .big = TIFFIsBigTIFF(tiff) != 0,
                    .tile_width = long_field(tiff, TIFFTAG_TILEWIDTH),
                    .tile_height = long_field(tiff, TIFFTAG_TILELENGTH)};
  std::uint16_t photometric = 1;
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) != 0) traits.photometric = photometric;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_YCBCRSUBSAMPLING, &traits.chroma_horizontal, &traits.chroma_vertical);
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  if (TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) != 0 && kinds != nullptr) {
    traits.extra_samples.assign(kinds, kinds + count);
  }
  if (traits.photometric == PHOTOMETRIC_PALETTE) traits.colour_map = colour_map(tiff, traits.bits);
  return traits;
}

std::string_view name_of_format(std::uint16_t sample_format) {
  switch (sample_format) {
    case SAMPLEFORMAT_INT:
      return "signed integer";
    case SAMPLEFORMAT_IEEEFP:
      return "floating-point";
    case SAMPLEFORMAT_COMPLEXINT:
    case SAMPLEFORMAT_COMPLEXIEEEFP:
      return "complex";
    default:
      return "integer";
  }
}

bool is_known_depth(const TiffTraits& traits) {
  const bool grey =
      traits.photometric == PHOTOMETRIC_MINISWHITE || traits.photometric == PHOTOMETRIC_MINISBLACK;
  const bool palette = traits.photometric == PHOTOMETRIC_PALETTE;
  switch (traits.bits) {
    case 1:
    case 2:
    case 4:
      return traits.sample_format == SAMPLEFORMAT_UINT && traits.channels == 1 && (grey || palette);
    case 8:
    case 16:
      return traits.sample_format == SAMPLEFORMAT_UINT || traits.sample_format == SAMPLEFORMAT_INT;
    case 32:
      return traits.sample_format == SAMPLEFORMAT_UINT || traits.sample_format == SAMPLEFORMAT_INT ||
             traits.sample_format == SAMPLEFORMAT_IEEEFP;
    default:
      return false;
  }
}

}  // namespace

TiffTraits read_traits(std::span<const std::byte> file) {
  try {
    return traits_of(MemoryTiff(file).get());
  } catch (const std::runtime_error&) {
    return {};
  }
}

std::string unsupported_kind(const TiffTraits& traits) {
  switch (traits.photometric) {
    case PHOTOMETRIC_LOGL:
    case PHOTOMETRIC_LOGLUV:
      return "SGI LogLuv";
    case PHOTOMETRIC_CFA:
      return "raw samples of a colour filter array";
    case 34892:
      return "linear raw samples";
    case PHOTOMETRIC_MASK:
      return "a transparency mask";
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_ITULAB:
      return "Lab in another encoding than CIE L*a*b*";
    case PHOTOMETRIC_YCBCR:
      if (traits.compression != COMPRESSION_JPEG && traits.compression != COMPRESSION_OJPEG) {
        return "YCbCr colours without JPEG compression";
      }
      break;
    case PHOTOMETRIC_SEPARATED:
      if (traits.ink_set != INKSET_CMYK || traits.channels < 4) return "inks other than CMYK";
      break;
    case PHOTOMETRIC_MINISWHITE:
      if (traits.sample_format != SAMPLEFORMAT_UINT) {
        return "samples of which the lowest is white and that are signed or floating-point";
      }
      break;
    default:
      break;
  }
  if (!is_known_depth(traits)) {
    const bool part_of_byte = traits.bits < 8 && traits.channels > 1;
    return std::to_string(traits.bits) + "-bit " + std::string(name_of_format(traits.sample_format)) +
           " samples" + (part_of_byte ? ", " + std::to_string(traits.channels) + " a pixel" : "");
  }
  if (traits.has_associated_alpha() && traits.bits == 32)
    return "colours of 32 bits that are multiplied by alpha";
  if (traits.separate_planes && traits.tile_width > 0) return "tiles of separate planes";
  return "";
}

}  // namespace wm::tiff
