#include "worker/preview/sheet.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

#include "common/preview/preview_request.h"

namespace wm {
namespace {

constexpr double paper = 0.94;
constexpr double font_pixels = 14;
constexpr int square = 8;  // of the chequered background that shows through a picture

struct FreeDescription {
  void operator()(PangoFontDescription* description) const { pango_font_description_free(description); }
};

struct FreeBytes {
  void operator()(void* bytes) const { g_free(bytes); }
};

/// Restores Cairo's state at the end of a scope.
class Saved {
 public:
  explicit Saved(cairo_t* cairo) : cairo_(cairo) { cairo_save(cairo); }
  ~Saved() { cairo_restore(cairo_); }
  Saved(const Saved&) = delete;
  Saved& operator=(const Saved&) = delete;

 private:
  cairo_t* cairo_;
};

void add_rectangle(cairo_t* cairo, const Box& box) {
  cairo_rectangle(cairo, box.left, box.top, box.width, box.height);
}

std::uint32_t premultiplied(const std::uint8_t* pixel, bool has_alpha) {
  const std::uint32_t alpha = has_alpha ? pixel[3] : 255;
  const auto part = [&](int band) { return (pixel[band] * alpha + 127) / 255; };
  return alpha << 24U | part(0) << 16U | part(1) << 8U | part(2);
}

CairoSurfacePtr surface_of(const vips::VImage& picture) {
  const int bands = picture.bands();
  if (picture.format() != VIPS_FORMAT_UCHAR || (bands != 3 && bands != 4)) {
    throw std::runtime_error("a picture of a preview is not in sRGB");
  }
  CairoSurfacePtr surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, picture.width(), picture.height()));
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) throw std::bad_alloc();
  const auto* pixel = static_cast<const std::uint8_t*>(picture.data());
  cairo_surface_flush(surface.get());
  unsigned char* const first = cairo_image_surface_get_data(surface.get());
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get()));
  for (int y = 0; y < picture.height(); ++y) {
    auto* const row = reinterpret_cast<std::uint32_t*>(first + static_cast<std::size_t>(y) * stride);
    for (int x = 0; x < picture.width(); ++x, pixel += bands) row[x] = premultiplied(pixel, bands == 4);
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

void paint_squares(cairo_t* cairo, const Box& box) {
  cairo_set_source_rgb(cairo, 0.8, 0.8, 0.8);
  add_rectangle(cairo, box);
  cairo_fill(cairo);
  cairo_set_source_rgb(cairo, 0.6, 0.6, 0.6);
  for (int y = 0; y < box.height; y += square) {
    for (int x = (y / square % 2) * square; x < box.width; x += 2 * square) {
      add_rectangle(cairo, {box.left + x, box.top + y, std::min(square, box.width - x),
                            std::min(square, box.height - y)});
    }
  }
  cairo_fill(cairo);
}

/// Copies what libvips has allocated, and frees it.
std::vector<std::byte> taken(void* bytes, std::size_t size) {
  const std::unique_ptr<void, FreeBytes> owned(bytes);
  const auto* const first = static_cast<const std::byte*>(bytes);
  return {first, first + size};
}

std::vector<std::byte> png_of(const vips::VImage& image, int compression) {
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_pngsave_buffer(image.get_image(), &bytes, &size, "compression", compression, nullptr) != 0) {
    throw vips::VError();
  }
  return taken(bytes, size);
}

std::vector<std::byte> jpeg_of(const vips::VImage& image, int quality) {
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_jpegsave_buffer(image.get_image(), &bytes, &size, "Q", quality, "optimize_coding", 1, "strip", 1,
                           nullptr) != 0) {
    throw vips::VError();
  }
  return taken(bytes, size);
}

}  // namespace

Sheet::Sheet(Size size) : size_(size), canvas_(CAIRO_FORMAT_ARGB32, size) {
  cairo_set_source_rgb(canvas_.cairo(), paper, paper, paper);
  cairo_paint(canvas_.cairo());
}

void Sheet::put(const vips::VImage& picture, Point at) {
  const Saved saved(canvas_.cairo());
  const CairoSurfacePtr surface = surface_of(picture);
  if (picture.bands() == 4) paint_squares(canvas_.cairo(), {at.x, at.y, picture.width(), picture.height()});
  cairo_set_source_surface(canvas_.cairo(), surface.get(), at.x, at.y);
  cairo_paint(canvas_.cairo());
}

void Sheet::write(const Box& box, const std::string& utf8) {
  constexpr int space_above = 3;
  write({box.left, box.top + space_above, box.width, box.height - space_above}, utf8,
        {.lines = 2, .grey = 0.1});
}

void Sheet::write_problem(const Box& room, const std::string& utf8) {
  const Saved saved(canvas_.cairo());
  cairo_set_source_rgb(canvas_.cairo(), 0.85, 0.85, 0.85);
  add_rectangle(canvas_.cairo(), room);
  cairo_fill(canvas_.cairo());
  const int inset = room.width / 10;
  const int lines = std::max(1, room.height / 2 / static_cast<int>(font_pixels * 1.4));
  write({room.left + inset, room.top + room.height / 4, room.width - 2 * inset, room.height * 3 / 4}, utf8,
        {.lines = lines, .grey = 0.25});
}

void Sheet::write(const Box& box, const std::string& utf8, const TextStyle& style) {
  const Saved saved(canvas_.cairo());
  // Letters may extend far beyond their line.
  add_rectangle(canvas_.cairo(), box);
  cairo_clip(canvas_.cairo());
  const GObjectPtr<PangoLayout> layout(pango_cairo_create_layout(canvas_.cairo()));
  const std::unique_ptr<PangoFontDescription, FreeDescription> font(
      pango_font_description_from_string("sans"));
  pango_font_description_set_absolute_size(font.get(), font_pixels * PANGO_SCALE);
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_text(layout.get(), utf8.data(), static_cast<int>(utf8.size()));
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_width(layout.get(), box.width * PANGO_SCALE);
  pango_layout_set_height(layout.get(), -style.lines);
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_MIDDLE);
  pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
  cairo_set_source_rgb(canvas_.cairo(), style.grey, style.grey, style.grey);
  cairo_move_to(canvas_.cairo(), box.left, box.top);
  pango_cairo_show_layout(canvas_.cairo(), layout.get());
}

void Sheet::outline(const Box& box, const Box& limits) {
  constexpr double width = 2;
  constexpr double dash = 6;
  cairo_t* const cairo = canvas_.cairo();
  const Saved saved(cairo);
  add_rectangle(cairo, limits);
  cairo_clip(cairo);
  // On sides where the picture has no room outside of the box, the line lies on the picture's edge.
  const double left = std::max(box.left - width / 2, limits.left + width / 2);
  const double top = std::max(box.top - width / 2, limits.top + width / 2);
  const double right = std::min(box.left + box.width + width / 2, limits.left + limits.width - width / 2);
  const double bottom = std::min(box.top + box.height + width / 2, limits.top + limits.height - width / 2);
  if (!(left < right && top < bottom)) return;
  cairo_set_line_width(cairo, width);
  cairo_rectangle(cairo, left, top, right - left, bottom - top);
  cairo_set_source_rgb(cairo, 0, 0, 0);
  cairo_stroke_preserve(cairo);
  cairo_set_dash(cairo, &dash, 1, 0);
  cairo_set_source_rgb(cairo, 1, 0.92, 0);
  cairo_stroke(cairo);
}

vips::VImage Sheet::finish() {
  canvas_.finish();
  std::vector<std::uint8_t> rgb;
  rgb.reserve(std::size_t{3} * static_cast<std::size_t>(size_.width) *
              static_cast<std::size_t>(size_.height));
  for (int y = 0; y < size_.height; ++y) {
    const auto row = canvas_.row(y);
    for (std::size_t x = 0; x + 3 < row.size(); x += 4)
      rgb.insert(rgb.end(), {row[x + 2], row[x + 1], row[x]});
  }
  return vips::VImage::new_from_memory(rgb.data(), rgb.size(), size_.width, size_.height, 3,
                                       VIPS_FORMAT_UCHAR)
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
      .copy_memory();
}

std::vector<std::byte> Sheet::png() {
  vips::VImage image = finish();
  image.set(fmt::format("png-comment-0-{}", preview_keyword).c_str(), "not a marked picture");
  return png_of(image, 6);
}

std::vector<std::byte> Sheet::jpeg(std::size_t longest) {
  const vips::VImage image = finish();
  for (const int quality : {82, 72, 60, 50}) {
    std::vector<std::byte> file = jpeg_of(image, quality);
    if (file.size() <= longest) return file;
  }
  return jpeg_of(image, 40);
}

std::vector<std::byte> to_png(const vips::VImage& picture) {
  vips::VImage plain = picture.copy();
  constexpr std::array profiles{VIPS_META_ICC_NAME, VIPS_META_EXIF_NAME, VIPS_META_XMP_NAME,
                                VIPS_META_IPTC_NAME};
  for (const char* const field : profiles) plain.remove(field);
  return png_of(plain, 1);
}

}  // namespace wm
