#include "worker/stages/memory_need.h"

#include <algorithm>

namespace wm {
namespace {

/// Bytes a pixel of one page, in addition to the decoded picture and the files.
struct PixelCosts {
  std::uint64_t decoding = 0;
  std::uint64_t encoding = 0;
};

constexpr std::uint64_t bytes_of_coefficient = 2;  // each sample of a JPEG has one

/// Saturating, for headers whose numbers exceed 64 bits.
std::uint64_t bounded_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? UINT64_MAX / 8 : std::min(result, UINT64_MAX / 8);
}

std::uint64_t decoding_costs(const PictureShape& shape) {
  switch (shape.from) {
    case PictureFormat::png:
    case PictureFormat::tiff:
      return shape.whole_decoding ? shape.pixel_bytes : 0;
    case PictureFormat::gif:
      return 8;  // the frame, and the canvas that it is put on
    case PictureFormat::webp:
      return 5;  // the canvas; see need_of_pixels()
    case PictureFormat::avif:
      return 8;  // planes of the decoder and its reference frames
    case PictureFormat::heif:
      return 12;               // planes of the decoder, and libheif's converted planes
    case PictureFormat::jpeg:  // see coefficient_bytes
    case PictureFormat::svg:
    case PictureFormat::unknown:
      break;
  }
  return 0;
}

std::uint64_t encoding_costs(const PictureShape& shape) {
  switch (shape.to) {
    case PictureFormat::jpeg:
      return 2 + (shape.progressive_output
                      ? bytes_of_coefficient * std::max<std::uint64_t>(shape.pixel_bytes, 3)
                      : 0);
    case PictureFormat::png:
      return shape.pixel_bytes;
    case PictureFormat::webp:
      return shape.lossless ? 36 : 12;
    case PictureFormat::avif:
      return 40 + 3 * shape.pixel_bytes;  // and one frame before and after the marks
    case PictureFormat::heif:
      return 40;
    case PictureFormat::gif:
      return 4;
    case PictureFormat::tiff:
    case PictureFormat::svg:
    case PictureFormat::unknown:
      break;
  }
  return 0;
}

/// Size of the encoded file. It cannot be known in advance, but the input's size is a good guess, and a
/// lossless encoder cannot produce more than the pixels.
std::uint64_t output_bytes(const PictureShape& shape, std::uint64_t decoded) {
  const bool without_loss =
      shape.to == PictureFormat::png || shape.to == PictureFormat::tiff || shape.lossless;
  return without_loss ? decoded : std::max(shape.file_bytes, decoded / 8);
}

/// The number of copies of the encoded file: the encoder's, and the one with the metadata. libvips writes a
/// TIFF into memory that it enlarges by copying.
std::uint64_t output_copies(const PictureShape& shape) {
  return shape.to == PictureFormat::tiff ? 4 : 2;
}

}  // namespace

MemoryNeed need_of_pixels(const PictureShape& shape) {
  const std::uint64_t pixels = bounded_product(shape.page_pixels, shape.pages);
  const std::uint64_t decoded = bounded_product(pixels, shape.pixel_bytes);
  // The planes of an AVIF's frames are kept in addition to their pixels; for other inputs they are made
  // before the first one is encoded.
  const bool planes = shape.from == PictureFormat::avif || shape.to == PictureFormat::avif;
  const std::uint64_t kept = shape.file_bytes + (planes ? 2 : 1) * decoded;
  // libvips decodes all frames of a WebP file, by way of a canvas of four bytes a pixel, before it passes on
  // any.
  const bool ahead = shape.from == PictureFormat::webp;
  const std::uint64_t decoded_ahead = ahead ? decoded : 0;
  const std::uint64_t canvas = ahead ? bounded_product(shape.page_pixels, 4) : 0;
  const std::uint64_t certain =
      kept + std::max({shape.coefficient_bytes, shape.copied_bytes, decoded_ahead + canvas});
  const std::uint64_t work = std::max(
      bounded_product(shape.page_pixels, decoding_costs(shape)) + shape.coefficient_bytes + decoded_ahead,
      bounded_product(shape.page_pixels, encoding_costs(shape)) +
          output_copies(shape) * output_bytes(shape, decoded));
  const std::uint64_t expected = kept + work + (shape.verify ? decoded : 0);
  return {.certain = certain, .expected = std::max(certain, expected)};
}

MemoryNeed need_in_place(std::uint64_t file_bytes, std::uint64_t coefficient_bytes) {
  // The input, the new scan, and another copy while metadata is edited; the coefficients and their modified
  // copy.
  return {.certain = file_bytes + coefficient_bytes,
          .expected = 3 * file_bytes + file_bytes / 2 + 2 * coefficient_bytes};
}

MemoryNeed need_of_file(std::uint64_t file_bytes) {
  return {.certain = file_bytes, .expected = file_bytes};
}

}  // namespace wm
