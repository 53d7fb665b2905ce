#include "worker/stages/decode_pixels.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

void check(int result) {
  if (result != 0) throw vips::VError();
}

/// Decodes rows of one image into another one in memory.
class RowDecoder {
 public:
  explicit RowDecoder(const vips::VImage& image) : source_(image), memory_(vips::VImage::new_memory()) {
    VipsImage* const target = memory_.get_image();
    check(vips_image_pipelinev(target, VIPS_DEMAND_STYLE_THINSTRIP, source_.get_image(), nullptr));
    check(vips_image_write_prepare(target));
    from_.reset(vips_region_new(source_.get_image()));
    to_.reset(vips_region_new(target));
  }

  [[nodiscard]] bool decode(int first, int count) {
    const VipsRect rows{0, first, source_.width(), count};
    return vips_region_image(to_.get(), &rows) == 0 &&
           vips_region_prepare_to(from_.get(), to_.get(), &rows, rows.left, rows.top) == 0;
  }

  [[nodiscard]] vips::VImage memory() const { return memory_; }
  [[nodiscard]] std::byte* row(int y) {
    auto* const first = static_cast<std::byte*>(const_cast<void*>(memory_.data()));
    return first + row_bytes(memory_) * static_cast<std::size_t>(y);
  }

 private:
  using Region = std::unique_ptr<VipsRegion, decltype(&g_object_unref)>;
  vips::VImage source_, memory_;
  Region from_{nullptr, &g_object_unref}, to_{nullptr, &g_object_unref};
};

/// Sets a row to half of full intensity where samples are integers, and to opaque where there is alpha.
void make_grey(std::byte* row, const vips::VImage& image) {
  const std::size_t bytes = row_bytes(image);
  const bool integers = image.format() == VIPS_FORMAT_UCHAR || image.format() == VIPS_FORMAT_USHORT;
  std::memset(row, integers ? 0x80 : 0, bytes);
  if (!integers || !image.has_alpha()) return;
  const std::size_t sample = vips_format_sizeof(image.format());
  const std::size_t pixel = sample * static_cast<std::size_t>(image.bands());
  for (std::size_t at = pixel - sample; at < bytes; at += pixel) std::memset(row + at, 0xff, sample);
}

}  // namespace

vips::VImage decode_pixels(const vips::VImage& image) {
  constexpr int strip_rows = 64;
  RowDecoder decoder(image);
  for (int y = 0; y < image.height(); y += strip_rows) {
    if (!decoder.decode(y, std::min(strip_rows, image.height() - y))) throw vips::VError();
  }
  return decoder.memory();
}

ReadablePixels decode_readable_pixels(const vips::VImage& image, int page_height, int tile_height) {
  RowDecoder decoder(image);
  int end = 0;  // one past the last decoded row
  int missing = 0;
  int lost_until = 0;
  for (int y = 0; y < image.height(); ++y) {
    // Loaders keep what they decode ahead, so decoding row by row finds the first one that fails.
    if (y >= lost_until && decoder.decode(y, 1)) {
      end = y + 1;
      continue;
    }
    vips_error_clear();  // otherwise one message a row piles up
    const int in_page = y % page_height;
    if (tile_height > 0)
      lost_until = y + std::min(tile_height - in_page % tile_height, page_height - in_page);
    make_grey(decoder.row(y), decoder.memory());
    ++missing;
  }
  if (end == 0) return {};
  const int pages = (end + page_height - 1) / page_height;
  const int rows = std::min(pages * page_height, image.height());
  missing -= image.height() - rows;
  vips::VImage kept = decoder.memory();
  if (rows < image.height()) {
    kept = kept.extract_area(0, 0, kept.width(), rows).copy_memory();
    if (kept.get_typeof(VIPS_META_N_PAGES) != 0) kept.set(VIPS_META_N_PAGES, pages);
  }
  return {.image = kept, .rows = rows, .missing_rows = missing};
}

}  // namespace wm
