#include "worker/metadata/thumbnail_maker.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "worker/metadata/thumbnail_codec.h"

namespace wm::metadata {
namespace {

// The size at which the picture is kept; every thumbnail is made from it.
constexpr ThumbnailBox source_box{640, 640};
constexpr std::uint32_t max_side = 640;

ThumbnailBox fitted(std::uint32_t width, std::uint32_t height, ThumbnailBox box) {
  const double scale =
      std::min({1.0, static_cast<double>(box.width) / width, static_cast<double>(box.height) / height});
  const auto side = [scale](std::uint32_t length, std::uint32_t limit) {
    return std::clamp(static_cast<std::uint32_t>(std::lround(length * scale)), 1U, std::max(1U, limit));
  };
  return {side(width, box.width), side(height, box.height)};
}

/// Averages over whole source pixels, each used at least once.
SmallPicture averaged(const PixelView& from, ThumbnailBox size) {
  SmallPicture to{.width = size.width, .height = size.height};
  to.samples.reserve(std::size_t{size.width} * size.height * 3);
  const auto bands = static_cast<std::size_t>(from.bands);
  for (std::uint32_t y = 0; y < size.height; ++y) {
    const std::uint64_t top = std::uint64_t{y} * from.height / size.height;
    const std::uint64_t bottom = std::max(top + 1, std::uint64_t{y + 1} * from.height / size.height);
    for (std::uint32_t x = 0; x < size.width; ++x) {
      const std::uint64_t left = std::uint64_t{x} * from.width / size.width;
      const std::uint64_t right = std::max(left + 1, std::uint64_t{x + 1} * from.width / size.width);
      std::array<std::uint64_t, 3> sums{};
      for (std::uint64_t row = top; row < bottom; ++row) {
        for (std::uint64_t column = left; column < right; ++column) {
          const std::size_t at = (row * from.width + column) * bands;
          for (std::size_t band = 0; band < 3; ++band)
            sums[band] += u8(from.samples, at + (bands == 3 ? band : 0));
        }
      }
      const std::uint64_t area = (bottom - top) * (right - left);
      for (const std::uint64_t sum : sums)
        append_u8(to.samples, static_cast<std::uint32_t>((sum + area / 2) / area));
    }
  }
  return to;
}

bool is_sound(const PixelView& pixels) {
  return pixels.width > 0 && pixels.height > 0 && (pixels.bands == 1 || pixels.bands == 3) &&
         pixels.samples.size() ==
             std::size_t{pixels.width} * pixels.height * static_cast<std::size_t>(pixels.bands);
}

}  // namespace

const SmallPicture& ThumbnailMaker::source() {
  if (!source_) {
    source_.emplace();
    if (pixels_ && is_sound(*pixels_)) {
      source_ = averaged(*pixels_, fitted(pixels_->width, pixels_->height, source_box));
    } else if (auto decoded = decode_small(jpeg_, {160, 160})) {
      source_ = std::move(*decoded);
    }
  }
  return *source_;
}

std::optional<Bytes> ThumbnailMaker::make(ThumbnailBox box, std::size_t max_bytes) {
  const SmallPicture& from = source();
  if (from.width == 0 || from.height == 0) return std::nullopt;
  const ThumbnailBox limit{std::clamp(box.width, 1U, max_side), std::clamp(box.height, 1U, max_side)};
  const PixelView view{.width = from.width, .height = from.height, .bands = 3, .samples = from.samples};
  const SmallPicture small = averaged(view, fitted(from.width, from.height, limit));
  for (const int quality : {80, 60, 40, 20}) {
    auto encoded = encode_small(small, quality);
    if (!encoded) return std::nullopt;
    if (encoded->size() <= max_bytes) return encoded;
  }
  return std::nullopt;
}

}  // namespace wm::metadata
