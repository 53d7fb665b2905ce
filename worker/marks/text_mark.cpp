#include "worker/marks/text_mark.h"

#include <algorithm>
#include <memory>

#include <vips/vips8>

#include "common/job/text_template.h"
#include "worker/marks/placement.h"
#include "worker/marks/raster_image.h"
#include "worker/vips/failure_text.h"

namespace wm {
namespace {

constexpr std::size_t max_drawn = 8;
// Pango and Cairo cannot draw letters of any size.
constexpr int max_font_pixels = 10'000;

std::string escaped_markup(const std::string& text) {
  const std::unique_ptr<char, decltype(&g_free)> escaped(
      g_markup_escape_text(text.data(), static_cast<gssize>(text.size())), &g_free);
  return escaped.get();
}

/// `raster` in the middle of a transparent raster of `size`; what does not fit is cut off.
Raster centred(const Raster& raster, Size size) {
  Raster result{size, std::vector<std::uint8_t>(4 * static_cast<std::size_t>(size.width) *
                                                static_cast<std::size_t>(size.height))};
  const int left = (size.width - raster.size.width) / 2;
  const int top = (size.height - raster.size.height) / 2;
  const Box box = clip({left, top, raster.size.width, raster.size.height}, size);
  for (int y = box.top; y < box.top + box.height; ++y) {
    const auto from = 4 * (static_cast<std::ptrdiff_t>(y - top) * raster.size.width + (box.left - left));
    const auto to = 4 * (static_cast<std::ptrdiff_t>(y) * size.width + box.left);
    std::copy_n(raster.rgba.begin() + from, 4 * box.width, result.rgba.begin() + to);
  }
  return result;
}

}  // namespace

TextMark::TextMark(const Text& text) : text_(text) {
  const auto complain = [&](const std::string& reason) {
    throw MarkError("the text \"" + failure_text(text_.text) + "\" cannot be drawn: " + reason);
  };
  if (!g_utf8_validate(text_.text.data(), static_cast<gssize>(text_.text.size()), nullptr)) {
    complain("it is not UTF-8");
  }
  try {
    const Raster sample = render(64);
    bool visible = false;
    for (std::size_t i = 3; i < sample.rgba.size(); i += 4) visible = visible || sample.rgba[i] != 0;
    if (!visible) complain("nothing of it can be seen");
  } catch (const vips::VError& error) {
    vips_error_clear();
    complain(failure_text(error.what()));
  }
}

int TextMark::font_pixels(Size picture) const {
  const int shorter = std::min(picture.width, picture.height);
  return std::clamp(round_half_up(to_pixels(text_.size, shorter)), 1, max_font_pixels);
}

Raster TextMark::render(int font_pixels) const {
  // At 72 dpi one point is one pixel.
  const std::string font = text_.font + " " + std::to_string(font_pixels);
  vips::VImage mask = vips::VImage::text(escaped_markup(TextTemplate(text_.text).expand({})).c_str(),
                                         vips::VImage::option()->set("font", font.c_str())->set("dpi", 72));
  std::size_t bytes = 0;
  const std::unique_ptr<void, decltype(&g_free)> pixels(mask.write_to_memory(&bytes), &g_free);
  const auto* coverage = static_cast<const std::uint8_t*>(pixels.get());
  Raster raster{{mask.width(), mask.height()}, {}};
  raster.rgba.reserve(4 * bytes);
  for (std::size_t i = 0; i < bytes; ++i) {
    const auto alpha = static_cast<std::uint8_t>((coverage[i] * text_.fill.alpha + 127) / 255);
    raster.rgba.insert(raster.rgba.end(), {text_.fill.red, text_.fill.green, text_.fill.blue, alpha});
  }
  return raster;
}

const Raster& TextMark::at_font_size(int font_pixels) {
  const auto found = std::find_if(drawn_.begin(), drawn_.end(),
                                  [&](const Drawn& drawn) { return drawn.font_pixels == font_pixels; });
  if (found != drawn_.end()) {
    drawn_.splice(drawn_.begin(), drawn_, found);
  } else {
    drawn_.push_front({font_pixels, render(font_pixels)});
    if (drawn_.size() > max_drawn) drawn_.pop_back();
  }
  return drawn_.front().raster;
}

Size TextMark::natural_size(Size picture) {
  return at_font_size(font_pixels(picture)).size;
}

Raster TextMark::draw(Size picture, Size size) {
  const int natural_font = font_pixels(picture);
  const Raster& natural = at_font_size(natural_font);
  if (natural.size == size) return natural;
  // Letters are sharper when drawn at their size than when resampled to it. The largest font that fits leaves
  // at most a few pixels, which stay transparent.
  const double factor = std::min(static_cast<double>(size.width) / natural.size.width,
                                 static_cast<double>(size.height) / natural.size.height);
  int font = static_cast<int>(natural_font * factor * 1.02) + 1;
  for (int attempt = 0; attempt < 8 && font >= 1 && font <= max_font_pixels; ++attempt, --font) {
    const Raster fitting = render(font);
    if (fitting.size.width <= size.width && fitting.size.height <= size.height) {
      return centred(fitting, size);
    }
  }
  return resized(natural, size);
}

}  // namespace wm
