#include "worker/stages/verify.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/avif/avif_error.h"
#include "worker/marks/geometry.h"
#include "worker/stages/avif_picture.h"
#include "worker/stages/open_output.h"
#include "worker/stages/tiff_samples.h"
#include "worker/vips/failure_text.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

constexpr int block_side = 16;

[[noreturn]] void fail(const std::string& reason) {
  throw TaskFailure(FailureKind::write_error,
                    "the output was read again and is not as it was meant: " + reason);
}

vips::VImage opened(std::span<const std::byte> file, PictureFormat format) {
  return format == PictureFormat::avif ? decoded_avif(file) : open_output(file, format);
}

double opaque(const vips::VImage& image) {
  return image.format() == VIPS_FORMAT_USHORT ? 65535 : 255;
}

/// Loaders of some formats return RGB for grey, and add or omit an alpha channel as they like.
void make_alike(vips::VImage& meant, vips::VImage& read) {
  const auto in_colour = [](const vips::VImage& image) {
    const bool deep = image.format() == VIPS_FORMAT_USHORT;
    return image.colourspace(deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
  };
  if (meant.bands() < 3 && read.bands() >= 3) meant = in_colour(meant);
  const auto without_alpha = [](const vips::VImage& image) {
    const int bands = image.bands() - 1;
    if (image.extract_band(bands).min() < opaque(image)) fail("its transparency differs");
    return image.extract_band(0, vips::VImage::option()->set("n", bands));
  };
  if (meant.bands() == read.bands() + 1 && meant.has_alpha()) meant = without_alpha(meant);
  if (read.bands() == meant.bands() + 1 && read.has_alpha()) read = without_alpha(read);
}

/// Colours of transparent pixels do not matter.
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

/// Lab as floating point, with alpha up to 255.
vips::VImage plain_lab(const vips::VImage& image) {
  if (image.get_image()->Coding == VIPS_CODING_LABQ) return image.LabQ2Lab();
  if (image.interpretation() != VIPS_INTERPRETATION_LABS) return image;
  constexpr int colours = 3;
  const vips::VImage lab = image.extract_band(0, vips::VImage::option()->set("n", colours)).LabS2Lab();
  if (image.bands() == colours) return lab;
  const vips::VImage rest =
      image.extract_band(colours, vips::VImage::option()->set("n", image.bands() - colours));
  return lab.bandjoin((rest / (32767.0 / 255)).cast(VIPS_FORMAT_FLOAT));
}

/// Premultiplied colours in memory: 8-bit samples as they are, all others as floating point.
vips::VImage comparable(vips::VImage image) {
  image = plain_lab(image);
  if (image.has_alpha()) {
    image = image.premultiply(vips::VImage::option()->set("max_alpha", opaque(image)));
  }
  if (image.format() != VIPS_FORMAT_UCHAR) image = image.cast(VIPS_FORMAT_FLOAT);
  return image.copy_memory();
}

struct BlockDifference {
  double largest = 0, mean = 0;
};

/// Compares the means of whole blocks of the size of `first`, which is the one at the top left.
template <class Sample>
BlockDifference block_difference(const vips::VImage& a, const vips::VImage& b, Box first) {
  const auto bands = static_cast<std::size_t>(a.bands());
  const auto row = static_cast<std::size_t>(a.width()) * bands;
  const auto begin = static_cast<std::size_t>(first.left) * bands;
  const auto block_samples = static_cast<std::size_t>(first.width) * bands;
  const auto across = static_cast<std::size_t>((a.width() - first.left) / first.width);
  const auto* const of_a = static_cast<const Sample*>(a.data());
  const auto* const of_b = static_cast<const Sample*>(b.data());
  using Sum = std::conditional_t<std::is_integral_v<Sample>, int, double>;
  std::vector<Sum> sums(across * bands);
  BlockDifference result;
  std::size_t count = 0;
  for (int top = first.top; top + first.height <= a.height(); top += first.height) {
    std::fill(sums.begin(), sums.end(), Sum{0});
    for (int y = top; y < top + first.height; ++y) {
      std::size_t at = static_cast<std::size_t>(y) * row + begin;
      for (std::size_t block = 0; block < across; ++block, at += block_samples) {
        for (std::size_t i = 0; i < block_samples; i += bands) {
          for (std::size_t band = 0; band < bands; ++band) {
            sums[block * bands + band] += Sum{of_a[at + i + band]} - Sum{of_b[at + i + band]};
          }
        }
      }
    }
    for (const Sum sum : sums) {
      const double mean = std::abs(static_cast<double>(sum)) / (first.width * first.height);
      result.largest = std::max(result.largest, mean);
      result.mean += mean;
    }
    count += sums.size();
  }
  result.mean /= static_cast<double>(count);
  return result;
}

/// Where the grids of blocks begin along a side so that every pixel is in a whole block: one grid starts at
/// the side's start, the other ends at its end.
std::vector<int> anchors(int side, int size) {
  return side % size == 0 ? std::vector<int>{0} : std::vector<int>{0, side % size};
}

void compare_roughly(const vips::VImage& meant, const vips::VImage& read, int quality) {
  const double scale = opaque(meant) / 255;
  const vips::VImage a = comparable(meant);
  const vips::VImage b = comparable(read);
  if ((a.format() == VIPS_FORMAT_UCHAR) != (b.format() == VIPS_FORMAT_UCHAR)) fail("it has another depth");
  const int width = std::min(block_side, a.width());
  const int height = std::min(block_side, a.height());
  // Noise averages out with the square root of the number of pixels.
  const double limit =
      (8 + (100 - quality) / 2.0) * std::sqrt(double{block_side * block_side} / (width * height));
  for (const int left : anchors(a.width(), width)) {
    for (const int top : anchors(a.height(), height)) {
      const Box first{left, top, width, height};
      const bool bytes = a.format() == VIPS_FORMAT_UCHAR;
      const BlockDifference found =
          bytes ? block_difference<std::uint8_t>(a, b, first) : block_difference<float>(a, b, first);
      const double largest = found.largest / scale;
      const double mean = found.mean / scale;
      // Written so that a NaN mean fails as well.
      if (largest <= limit && mean <= limit / 2) continue;
      fail(fmt::format("blocks differ by {:.1f} levels ({:.1f} on average), more than {:.1f} ({:.1f})",
                       largest, mean, limit, limit / 2));
    }
  }
}

/// Undoes an encoder's merging of equal consecutive frames: returns each of `pages` as it is displayed.
vips::VImage with_merged_frames(const vips::VImage& read, const Coded& coded) {
  const int height = vips_image_get_page_height(read.get_image());
  const int found = read.height() / height;
  if (coded.format != PictureFormat::webp || found >= coded.pages || read.get_typeof("delay") == 0 ||
      coded.image.get_typeof("delay") == 0) {
    return read;
  }
  const std::vector<int> times = read.get_array_int("delay");
  const std::vector<int> meant = coded.image.get_array_int("delay");
  std::vector<vips::VImage> pages;
  std::size_t frame = 0;
  std::int64_t begin = 0;                           // of the page
  std::int64_t end = times.empty() ? 0 : times[0];  // of the frame
  for (const int time : meant) {
    while (begin >= end && frame + 1 < times.size()) end += times[++frame];
    pages.push_back(read.extract_area(0, static_cast<int>(frame) * height, read.width(), height));
    begin += time;
  }
  vips::VImage strip = vips::VImage::arrayjoin(pages, vips::VImage::option()->set("across", 1)).copy();
  strip.set(VIPS_META_PAGE_HEIGHT, height);
  return strip;
}

void compare(const Coded& coded, vips::VImage read) {
  vips::VImage meant = coded.image;
  read = with_merged_frames(read, coded);
  if (read.width() != meant.width() || read.height() != meant.height() ||
      read.height() / vips_image_get_page_height(read.get_image()) != coded.pages) {
    fail(fmt::format("it has {} x {} pixels on {} pages instead of {} x {} on {}", read.width(),
                     read.height(), read.height() / vips_image_get_page_height(read.get_image()),
                     meant.width(), meant.height(), coded.pages));
  }
  // A palette without any colours is read as grey.
  if (coded.format == PictureFormat::tiff && read.bands() == 1 && meant.bands() == 3) {
    read = read.colourspace(VIPS_INTERPRETATION_sRGB);
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

/// How far from a mark samples may change: its MCUs are up to 32 pixels wide, and decoders smooth colours
/// into the next sample.
constexpr int in_place_margin = 34;

void cover(std::vector<bool>& covered, Size picture, const Box& mark) {
  const Box grown = clip({mark.left - in_place_margin, mark.top - in_place_margin,
                          mark.width + 2 * in_place_margin, mark.height + 2 * in_place_margin},
                         picture);
  const auto width = static_cast<std::size_t>(picture.width);
  for (int y = grown.top; y < grown.top + grown.height; ++y) {
    const auto first = covered.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(y) * width);
    std::fill(first + grown.left, first + grown.left + grown.width, true);
  }
}

}  // namespace

void verify_untouched(std::span<const std::byte> jpeg, std::span<const std::byte> before, Size size,
                      std::span<const Box> marks) {
  try {
    const vips::VImage read = open_output(jpeg, PictureFormat::jpeg).copy_memory();
    if (read.width() != size.width || read.height() != size.height || image_bytes(read) != before.size()) {
      fail("it has another size or other channels");
    }
    std::vector<bool> covered(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
    for (const Box& mark : marks) cover(covered, size, mark);
    const auto* after = static_cast<const std::byte*>(read.data());
    const std::size_t bytes = before.size() / covered.size();
    for (std::size_t i = 0; i < covered.size(); ++i) {
      if (!covered[i] && std::memcmp(after + i * bytes, before.data() + i * bytes, bytes) != 0) {
        fail(fmt::format("the pixel at {},{} differs from the input's, though no mark is near",
                         i % static_cast<std::size_t>(size.width), i / static_cast<std::size_t>(size.width)));
      }
    }
  } catch (const vips::VError& error) {
    vips_error_clear();
    fail(failure_text(error.what()));
  }
}

void verify(std::span<const std::byte> file, const Coded& coded) {
  try {
    const vips::VImage read = opened(file, coded.format).copy_memory();
    if (coded.format == PictureFormat::tiff && read.interpretation() == VIPS_INTERPRETATION_LABS) {
      auto* const samples = static_cast<std::int16_t*>(const_cast<void*>(read.data()));  // not shared
      unsign_lab_alpha({samples, image_bytes(read) / sizeof(std::int16_t)}, read.bands());
    }
    compare(coded, read);
  } catch (const vips::VError& error) {
    vips_error_clear();
    fail(failure_text(error.what()));
  } catch (const avif::AvifError& error) {
    fail(error.what());
  }
}

}  // namespace wm
