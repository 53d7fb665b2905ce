#include "worker/stages/open_gif.h"

#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/gif/canvas.h"
#include "worker/gif/gif_frames.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

constexpr int rgba = 4;
constexpr int rgb = 3;

[[noreturn]] void fail_gif(const std::string& text) {
  throw TaskFailure(FailureKind::corrupt, text);
}

constexpr std::string_view lost_block = "a block is not whole, or of an unknown kind";

std::string failure_of(std::string_view fault) {
  return fmt::format("is truncated or damaged ({})", fault);
}

void set_times(vips::VImage& image, const gif::Animation& animation) {
  if (animation.frames.size() < 2) return;
  std::vector<int> delays;
  constexpr int ms = 10;
  for (const gif::Frame& frame : animation.frames) delays.push_back(frame.delay * ms);
  image.set("delay", delays);
  image.set("loop", animation.plays);
}

/// Removes the fourth sample of each pixel. Returns the new size.
std::size_t drop_alpha(std::span<std::uint8_t> pixels) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < pixels.size(); from += rgba) {
    for (std::size_t band = 0; band < rgb; ++band) pixels[to++] = pixels[from + band];
  }
  return to;
}

}  // namespace

vips::VImage gif_header(std::span<const std::byte> file) {
  const auto animation = gif::read_frames(file);
  if (!animation) fail_gif("is truncated or damaged (the file ends within its header)");
  if (animation->frames.empty()) {
    fail_gif(animation->lost ? failure_of(lost_block) : "is damaged (there is no frame)");
  }
  const gif::ScreenSize screen = gif::screen_of(*animation);
  if (screen.width == 0 || screen.height == 0) fail_gif("is damaged (it has no pixels)");
  const auto pages = static_cast<int>(animation->frames.size());
  vips::VImage image(vips_image_new());
  vips_image_init_fields(image.get_image(), static_cast<int>(screen.width),
                         static_cast<int>(screen.height) * pages, rgba, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
                         VIPS_INTERPRETATION_sRGB, 1, 1);
  if (pages > 1) image.set(VIPS_META_PAGE_HEIGHT, static_cast<int>(screen.height));
  image.set(VIPS_META_N_PAGES, pages);
  set_times(image, *animation);
  return image;
}

GifPixels gif_pixels(std::span<const std::byte> file, const vips::VImage& header) {
  const auto animation = gif::read_frames(file);
  std::size_t size = image_bytes(header);
  std::unique_ptr<std::uint8_t, decltype(&g_free)> memory(static_cast<std::uint8_t*>(g_try_malloc(size)),
                                                          &g_free);
  if (memory == nullptr) throw std::bad_alloc();
  const std::span<std::uint8_t> pixels(memory.get(), size);
  gif::Drawn drawn = gif::draw_frames(*animation, pixels);
  GifPixels result{.image = {}, .missing_rows = drawn.missing_rows};
  if (animation->lost) result.failure = failure_of(lost_block);
  if (!drawn.fault.empty()) result.failure = failure_of(drawn.fault);
  if (!drawn.anything) return result;
  const int bands = drawn.transparent ? rgba : rgb;
  if (!drawn.transparent) size = drop_alpha(pixels);
  vips::VImage image = vips::VImage::new_from_memory_steal(memory.release(), size, header.width(),
                                                           header.height(), bands, VIPS_FORMAT_UCHAR);
  image.get_image()->Type = VIPS_INTERPRETATION_sRGB;  // copy() would duplicate the pixels as well
  for (const char* field : {VIPS_META_PAGE_HEIGHT, VIPS_META_N_PAGES, "loop"}) {
    if (header.get_typeof(field) != 0) image.set(field, header.get_int(field));
  }
  if (header.get_typeof("delay") != 0) image.set("delay", header.get_array_int("delay"));
  result.image = image;
  return result;
}

}  // namespace wm
