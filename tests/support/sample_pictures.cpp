#include "tests/support/sample_pictures.h"

#include <cmath>

#include <vips/vips8>

namespace wm::test {
namespace {

void start_vips() {
  static const bool started = [] {
    if (VIPS_INIT("wm-test") != 0) return false;
    vips_cache_set_max(0);
    vips_concurrency_set(1);  // as in a worker: an error in another thread may come too late
    return true;
  }();
  if (!started) throw vips::VError();
}

}  // namespace

Pixels sample_pixels(int width, int height, int bands, unsigned seed) {
  Pixels pixels{width, height, bands, {}};
  pixels.samples.reserve(pixels.index(0, height));
  const double phase = 0.7 * seed;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int band = 0; band < bands; ++band) {
        const double slow = std::sin(phase + 0.011 * x * (1 + band)) + std::cos(phase + 0.017 * y);
        const double fast = std::sin(0.9 * x + 1.3 * y * (band + 1));
        pixels.samples.push_back(static_cast<std::uint8_t>(std::lround(128 + 45 * slow + 20 * fast)));
      }
    }
  }
  return pixels;
}

std::string encoded(const Pixels& pixels, const std::string& ending) {
  start_vips();
  const auto image =
      vips::VImage::new_from_memory(const_cast<std::uint8_t*>(pixels.samples.data()), pixels.samples.size(),
                                    pixels.width, pixels.height, pixels.bands, VIPS_FORMAT_UCHAR)
          .copy(vips::VImage::option()->set(
              "interpretation", pixels.bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB));
  void* bytes = nullptr;
  std::size_t size = 0;
  image.write_to_buffer(ending.c_str(), &bytes, &size);
  std::string result(static_cast<const char*>(bytes), size);
  g_free(bytes);
  return result;
}

std::string sample_picture(int width, int height, const std::string& ending, unsigned seed) {
  return encoded(sample_pixels(width, height, 3, seed), ending);
}

Pixels decoded(const std::string& bytes) {
  start_vips();
  const auto image = vips::VImage::new_from_buffer(
      bytes.data(), bytes.size(), "", vips::VImage::option()->set("fail_on", VIPS_FAIL_ON_TRUNCATED));
  std::size_t size = 0;
  auto* const data = static_cast<std::uint8_t*>(image.cast(VIPS_FORMAT_UCHAR).write_to_memory(&size));
  Pixels pixels{image.width(), image.height(), image.bands(), {data, data + size}};
  g_free(data);
  return pixels;
}

bool is_whole_picture(const std::string& bytes) {
  try {
    return !decoded(bytes).samples.empty();
  } catch (const vips::VError&) {
    vips_error_clear();
    return false;
  }
}

}  // namespace wm::test
