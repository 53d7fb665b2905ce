#include "worker/stages/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/vips/failure_text.h"
#include "worker/vips/image_bytes.h"
#include "worker/vips/load.h"

namespace wm {
namespace {

constexpr int block = 16;

[[noreturn]] void fail(const std::string& reason) {
  throw TaskFailure(FailureKind::write_error,
                    "the output was read again and is not as it was meant: " + reason);
}

bool has_pages(PictureFormat format) {
  return format != PictureFormat::jpeg && format != PictureFormat::png;
}

vips::VImage decoded(std::span<const std::byte> file, PictureFormat format) {
  const auto source = vips::VSource::new_from_memory(file.data(), file.size());
  // libjpeg warns of what is wrong with a file and goes on; others warn of metadata, too.
  const auto strictness = format == PictureFormat::jpeg ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
  auto* options = vips::VImage::option()->set("fail_on", strictness);
  if (has_pages(format)) options->set("n", -1);
  return load(format, source, options);
}

double opaque(const vips::VImage& image) {
  return image.format() == VIPS_FORMAT_USHORT ? 65535 : 255;
}

/// Loaders of some formats give RGB for grey, and an alpha channel or none as they please.
void make_alike(vips::VImage& meant, vips::VImage& read) {
  if (meant.bands() < 3 && read.bands() >= 3) meant = meant.colourspace(VIPS_INTERPRETATION_sRGB);
  const auto without_alpha = [](const vips::VImage& image) {
    const int bands = image.bands() - 1;
    if (image.extract_band(bands).min() < opaque(image)) fail("its transparency differs");
    return image.extract_band(0, vips::VImage::option()->set("n", bands));
  };
  if (meant.bands() == read.bands() + 1 && meant.has_alpha()) meant = without_alpha(meant);
  if (read.bands() == meant.bands() + 1 && read.has_alpha()) read = without_alpha(read);
}

/// Colours of transparent pixels are nobody's.
vips::VImage visible(const vips::VImage& image) {
  if (!image.has_alpha()) return image;
  const vips::VImage shown = image.extract_band(image.bands() - 1) > 0;
  return shown.ifthenelse(image, (image * 0).cast(image.format()));
}

bool same_samples(const vips::VImage& meant, const vips::VImage& read) {
  const vips::VImage a = meant.copy_memory();
  const vips::VImage b = read.copy_memory();
  return a.format() == b.format() && std::memcmp(a.data(), b.data(), image_bytes(a)) == 0;
}

/// In levels of 255, of premultiplied colours.
vips::VImage levels(vips::VImage image) {
  if (image.get_image()->Coding == VIPS_CODING_LABQ) image = image.LabQ2Lab();
  const double full = opaque(image);
  if (image.has_alpha()) image = image.premultiply(vips::VImage::option()->set("max_alpha", full));
  return (full > 255 ? image / 257.0 : image).cast(VIPS_FORMAT_FLOAT);
}

/// Where blocks begin along a side so that every pixel is in a whole one: at its start, and so that they end
/// at its end.
std::vector<int> anchors(int side, int size) {
  return side % size == 0 ? std::vector<int>{0} : std::vector<int>{0, side % size};
}

void compare_roughly(const vips::VImage& meant, const vips::VImage& read, int quality) {
  const vips::VImage difference = (levels(meant) - levels(read)).copy_memory();
  const int width = std::min(block, difference.width());
  const int height = std::min(block, difference.height());
  // Noise averages out with the root of the number of pixels.
  const double limit = (8 + (100 - quality) / 2.0) * std::sqrt(double{block * block} / (width * height));
  for (const int left : anchors(difference.width(), width)) {
    for (const int top : anchors(difference.height(), height)) {
      const vips::VImage means =
          difference.extract_area(left, top, difference.width() - left, difference.height() - top)
              .shrink(width, height)
              .abs()
              .copy_memory();
      const double largest = means.max();
      const double average = means.avg();
      // Written so that what is no number fails as well.
      if (largest <= limit && average <= limit / 2) continue;
      fail(fmt::format("blocks differ by {:.1f} levels ({:.1f} on average), more than {:.1f} ({:.1f})",
                       largest, average, limit, limit / 2));
    }
  }
}

void compare(const Coded& coded, vips::VImage read) {
  vips::VImage meant = coded.image;
  if (read.width() != meant.width() || read.height() != meant.height() ||
      read.height() / vips_image_get_page_height(read.get_image()) != coded.pages) {
    fail(fmt::format("it has {} x {} pixels on {} pages instead of {} x {} on {}", read.width(),
                     read.height(), read.height() / vips_image_get_page_height(read.get_image()),
                     meant.width(), meant.height(), coded.pages));
  }
  make_alike(meant, read);
  if (read.bands() != meant.bands()) {
    fail(fmt::format("it has {} channels instead of {}", read.bands(), meant.bands()));
  }
  if (!coded.lossless) {
    compare_roughly(meant, read, coded.quality);
    return;
  }
  if (coded.format == PictureFormat::webp || coded.format == PictureFormat::gif) {
    meant = visible(meant);
    read = visible(read);
  }
  if (!same_samples(meant, read)) fail("samples differ, though the format keeps them all");
}

}  // namespace

void verify(std::span<const std::byte> file, const Coded& coded) {
  try {
    compare(coded, decoded(file, coded.format));
  } catch (const vips::VError& error) {
    vips_error_clear();
    fail(failure_text(error.what()));
  }
}

}  // namespace wm
