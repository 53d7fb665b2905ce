#include "worker/marks/text_shape.h"

#include <pango/pangofc-font.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>

namespace wm {
namespace {

/// Large enough that rounding to Cairo's 1/256 pixel does not matter, small enough that Pango's and Cairo's
/// numbers hold the longest text. Few distinct values, since Pango keeps the fonts of each.
int reference_pixels(std::string_view utf8) {
  int pixels = 1024;
  while (pixels > 16 && static_cast<std::size_t>(pixels) * utf8.size() > 100'000) pixels /= 2;
  return pixels;
}

double to_pixels(int pango_units) {
  return static_cast<double>(pango_units) / PANGO_SCALE;
}

bool is_coloured(PangoFont* font) {
  if (!PANGO_IS_FC_FONT(font)) return false;
  FcBool colour = FcFalse;
  return FcPatternGetBool(pango_fc_font_get_pattern(PANGO_FC_FONT(font)), FC_COLOR, 0, &colour) ==
             FcResultMatch &&
         colour == FcTrue;
}

double part_before(TextAlign align) {
  switch (align) {
    case TextAlign::left:
      return 0;
    case TextAlign::center:
      return 0.5;
    case TextAlign::right:
      break;
  }
  return 1;
}

}  // namespace

InkBox united(const InkBox& one, const InkBox& other) {
  if (one.empty()) return other;
  if (other.empty()) return one;
  return {std::min(one.left, other.left), std::min(one.top, other.top), std::max(one.right, other.right),
          std::max(one.bottom, other.bottom)};
}

TextShape::TextShape(const TextFonts& fonts, std::string_view utf8, TextAlign align)
    : reference_(reference_pixels(utf8)), layout_(fonts.layout(utf8, reference_)) {
  // Unbounded: Cairo leaves out letters that lie far outside of a surface, even from paths.
  const CairoSurfacePtr surface(cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, nullptr));
  const CairoPtr cairo(cairo_create(surface.get()));

  PangoRectangle whole{};
  pango_layout_get_extents(layout_.get(), nullptr, &whole);
  const std::unique_ptr<PangoLayoutIter, Release<pango_layout_iter_free>> lines(
      pango_layout_get_iter(layout_.get()));
  do {
    PangoLayoutLine* line = pango_layout_iter_get_line_readonly(lines.get());
    PangoRectangle extents{};
    pango_layout_line_get_extents(line, nullptr, &extents);
    // Pango's own alignment swaps sides in lines that run from right to left.
    const double x = to_pixels(whole.width - extents.width) * part_before(align);
    add_line(cairo.get(), line, x, to_pixels(pango_layout_iter_get_baseline(lines.get())));
  } while (pango_layout_iter_next_line(lines.get()) != FALSE);

  InkBox outlined;
  cairo_path_extents(cairo.get(), &outlined.left, &outlined.top, &outlined.right, &outlined.bottom);
  ink_ = united(ink_, outlined);
  outlines_.reset(cairo_copy_path(cairo.get()));
  if (outlines_->status == CAIRO_STATUS_NO_MEMORY) throw std::bad_alloc();
  if (outlines_->status != CAIRO_STATUS_SUCCESS) {
    throw std::runtime_error(std::string("Cairo: ") + cairo_status_to_string(outlines_->status));
  }
  for (double* edge : {&ink_.left, &ink_.top, &ink_.right, &ink_.bottom}) *edge /= reference_;
  std::sort(missing_.begin(), missing_.end());
  missing_.erase(std::unique(missing_.begin(), missing_.end()), missing_.end());
  if (coloured_.empty()) layout_.reset();
}

void TextShape::add_line(cairo_t* cairo, PangoLayoutLine* line, double x, double y) {
  for (GSList* node = line->runs; node != nullptr; node = node->next) {
    const auto* run = static_cast<const PangoGlyphItem*>(node->data);
    PangoFont* font = run->item->analysis.font;
    add_missing(*run->glyphs);
    if (is_coloured(font)) {
      coloured_.push_back({run, x, y});
      PangoRectangle ink{};
      pango_glyph_string_extents(run->glyphs, font, &ink, nullptr);
      ink_ = united(ink_, {x + to_pixels(ink.x), y + to_pixels(ink.y), x + to_pixels(ink.x + ink.width),
                           y + to_pixels(ink.y + ink.height)});
    } else {
      cairo_move_to(cairo, x, y);
      pango_cairo_glyph_string_path(cairo, font, run->glyphs);
    }
    x += to_pixels(pango_glyph_string_get_width(run->glyphs));
  }
}

void TextShape::add_missing(const PangoGlyphString& glyphs) {
  for (int i = 0; i < glyphs.num_glyphs; ++i) {
    const PangoGlyph glyph = glyphs.glyphs[i].glyph;
    if ((glyph & PANGO_GLYPH_UNKNOWN_FLAG) != 0) {
      missing_.push_back(static_cast<char32_t>(glyph & ~PANGO_GLYPH_UNKNOWN_FLAG));
    }
  }
}

std::size_t TextShape::memory() const noexcept {
  constexpr std::size_t layout_bytes = 16'384;  // a guess; only for texts with emoji
  return sizeof *this + static_cast<std::size_t>(outlines_->num_data) * sizeof(cairo_path_data_t) +
         coloured_.size() * sizeof(Run) + (layout_ ? layout_bytes : 0);
}

void TextShape::append_outlines(cairo_t* cairo, double font_pixels) const {
  cairo_save(cairo);
  cairo_scale(cairo, font_pixels / reference_, font_pixels / reference_);
  cairo_append_path(cairo, outlines_.get());
  cairo_restore(cairo);
}

void TextShape::show_coloured(cairo_t* cairo, double font_pixels) const {
  cairo_save(cairo);
  cairo_scale(cairo, font_pixels / reference_, font_pixels / reference_);
  for (const Run& run : coloured_) {
    cairo_move_to(cairo, run.x, run.y);
    pango_cairo_show_glyph_string(cairo, run.glyphs->item->analysis.font, run.glyphs->glyphs);
  }
  cairo_restore(cairo);
}

}  // namespace wm
