#include "worker/stages/damaged_picture.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/jpeg/scan_damage.h"
#include "worker/repair/png_repair.h"
#include "worker/repair/repaired_file.h"
#include "worker/repair/webp_repair.h"
#include "worker/stages/decode_pixels.h"
#include "worker/stages/open_gif.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

/// A decoder that recovered nothing fills the picture with a single value.
bool is_of_one_value(const vips::VImage& image) {
  const std::uint64_t size = image_bytes(image);
  const std::uint64_t pixel = row_bytes(image) / static_cast<std::uint64_t>(image.width());
  const auto* const first = static_cast<const std::byte*>(image.data());
  return std::memcmp(first, first + pixel, size - pixel) == 0;
}

int tile_height(const Picture& picture) {
  const std::uint64_t height = picture.tiff ? picture.tiff->tile_height : 0;
  return static_cast<int>(std::min<std::uint64_t>(height, static_cast<std::uint64_t>(picture.page.height)));
}

template <class Count>
std::string lost_rows(Count lost, int rows) {
  return fmt::format(", {} of {} rows are lost", lost, rows);
}

/// Of a JPEG whose rows libjpeg has all filled with something.
std::string jpeg_loss(const Picture& picture) {
  constexpr const char* detail = ", detail may be lost";
  if (picture.jpeg && picture.jpeg->progressive) return detail;  // without the memory of all coefficients
  const auto damage = jpeg::scan_damage(picture.input.bytes());
  if (!damage) return {};
  switch (damage->loss) {
    case jpeg::ScanLoss::nothing:
      return ", no row is missing";
    case jpeg::ScanLoss::rows:
      return lost_rows(damage->rows - damage->sound_rows, damage->rows);
    case jpeg::ScanLoss::detail:
      return detail;
    case jpeg::ScanLoss::unsure:
      break;
  }
  return fmt::format(", rows after the first {} of {} may be wrong", damage->sound_rows, damage->rows);
}

void decode_what_is_left_of_gif(Picture& picture) {
  const GifPixels pixels = gif_pixels(picture.input.bytes(), picture.image);
  if (pixels.image.is_null()) throw TaskFailure(FailureKind::corrupt, picture.damage);
  if (pixels.missing_rows > 0) {
    picture.damage += lost_rows(pixels.missing_rows, pixels.image.height());
  }
  picture.image = pixels.image;
}

}  // namespace

void repair_bytes(Picture& picture, std::uint64_t most_pixels, MemoryGrants& memory) {
  constexpr std::uint64_t most_pixel_bytes =
      9;  // four samples of 16 bits, and the filter byte of a row of one pixel
  const std::uint64_t most_bytes =
      most_pixels > UINT64_MAX / most_pixel_bytes ? UINT64_MAX : most_pixels * most_pixel_bytes;
  const std::span<const std::byte> file = picture.input.bytes();
  const auto require = [&](std::uint64_t work) {
    if (work > 0) memory.require({.certain = file.size(), .expected = file.size() + work});
  };
  std::optional<RepairedFile> repaired;
  if (picture.format == PictureFormat::png) {
    require(png_repair_memory(file, most_bytes));
    repaired = repair_png(file, most_bytes);
  } else if (picture.format == PictureFormat::webp) {
    require(webp_repair_memory(file, most_bytes));
    repaired = repair_webp(file, most_bytes);
  }
  if (!repaired) return;
  picture.input.replace_bytes(repaired->bytes);
  if (repaired->rows == 0) return;
  const auto rows = static_cast<int>(repaired->rows);
  const auto lost = static_cast<int>(repaired->lost_rows);
  if (lost == 0) {
    picture.damage += ", no row is missing";
  } else if (picture.png.interlaced) {
    picture.damage += fmt::format(", {} of {} rows are incomplete", lost, rows);
  } else {
    picture.damage += lost_rows(lost, rows);
  }
}

void decode_what_is_left(Picture& picture) {
  if (picture.format == PictureFormat::gif) {
    decode_what_is_left_of_gif(picture);
    return;
  }
  const ReadablePixels readable =
      decode_readable_pixels(picture.image, picture.page.height, tile_height(picture));
  if (readable.rows == 0 || is_of_one_value(readable.image)) {
    throw TaskFailure(FailureKind::corrupt, picture.damage);
  }
  if (readable.missing_rows > 0) {
    picture.damage += lost_rows(readable.missing_rows, readable.rows);
  } else if (picture.format == PictureFormat::jpeg) {
    picture.damage += jpeg_loss(picture);
  }
  const int pages = readable.rows / picture.page.height;
  if (pages < picture.pages) {
    picture.damage +=
        fmt::format(", {} of {} frames or pages are lost", picture.pages - pages, picture.pages);
  }
  picture.pages = pages;
  picture.image = readable.image;
}

}  // namespace wm
