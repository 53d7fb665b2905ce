#include "worker/stages/save_jpeg.h"

#include <utility>

#include "worker/stages/icc_profile.h"
#include "worker/stages/save_options.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

constexpr int default_quality = 85;

JpegSampling sampling(const Picture& picture, Subsampling wanted) {
  constexpr JpegSampling full{1, 1};
  constexpr JpegSampling quarter{2, 2};
  switch (wanted) {
    case Subsampling::s444:
      return full;
    case Subsampling::s422:
      return {2, 1};
    case Subsampling::s420:
      return quarter;
    case Subsampling::keep:
      break;
  }
  if (!picture.jpeg || picture.jpeg->components < 3) return quarter;
  JpegSampling kept = picture.jpeg->luma_factors.value_or(picture.jpeg->chroma_subsampled ? quarter : full);
  if (picture.sides_swapped) std::swap(kept.horizontal, kept.vertical);
  return kept;
}

/// Tables are designed for the colours that they quantise.
bool same_colours(const JpegTraits& input, int bands) {
  switch (input.colours) {
    case JpegColours::grey:
      return bands == 1;
    case JpegColours::ycc:
      return bands == 3;
    case JpegColours::cmyk:
    case JpegColours::ycck:
      return bands == 4;
    default:
      return false;
  }
}

}  // namespace

JpegEncoding jpeg_encoding(const Picture& picture, int bands, const Encoding& encoding) {
  JpegEncoding result;
  const bool known = picture.jpeg.has_value() && picture.jpeg->quality > 0;
  result.quality = encoding.quality.value_or(known ? picture.jpeg->quality : default_quality);
  if (picture.jpeg && !encoding.quality && same_colours(*picture.jpeg, bands)) {
    result.tables = picture.jpeg->tables;
  }
  result.sampling = sampling(picture, encoding.subsampling);
  result.progressive = is_progressive(PictureFormat::jpeg, picture, encoding);
  result.ycck = bands == 4 && picture.jpeg && picture.jpeg->colours == JpegColours::ycck;
  return result;
}

std::vector<std::byte> save_jpeg(const vips::VImage& image, const JpegEncoding& encoding) {
  const JpegPixels pixels{
      .width = image.width(),
      .height = image.height(),
      .bands = image.bands(),
      .samples = {static_cast<const std::byte*>(image.data()), static_cast<std::size_t>(image_bytes(image))}};
  return encode_jpeg(pixels, encoding, icc_profile(image));
}

}  // namespace wm
