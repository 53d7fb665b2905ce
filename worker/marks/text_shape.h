#pragma once

// A text whose letters have been chosen and placed: outlines and, for letters that have colours of their own
// (emoji), runs of glyphs. It has no size in pixels yet: unhinted outlines scale without loss, so a text is
// laid out once and drawn at any size. Lines are aligned by their advance widths.

#include <pango/pangocairo.h>

#include <string_view>
#include <vector>

#include "common/job/mark.h"
#include "worker/marks/gobject_ptr.h"
#include "worker/marks/text_fonts.h"

namespace wm {

/// Edges, y downwards.
struct InkBox {
  double left = 0, top = 0, right = 0, bottom = 0;
  [[nodiscard]] bool empty() const { return !(left < right && top < bottom); }
};

/// The smallest box around both; an empty one is ignored.
[[nodiscard]] InkBox united(const InkBox& one, const InkBox& other);

class TextShape {
 public:
  /// `utf8` of at most 4096 bytes. Throws std::bad_alloc, std::runtime_error.
  TextShape(const TextFonts& fonts, std::string_view utf8, TextAlign align);

  /// Of the letters without decoration, for a font of one pixel.
  [[nodiscard]] const InkBox& ink() const noexcept { return ink_; }
  /// Letters that no font has, drawn as boxes with their numbers. Sorted, each once.
  [[nodiscard]] const std::vector<char32_t>& missing() const noexcept { return missing_; }
  [[nodiscard]] bool has_coloured_letters() const noexcept { return !coloured_.empty(); }
  [[nodiscard]] std::size_t memory() const noexcept;

  /// Appends the outlines of all letters without colours to the current path; a unit of the user space is a
  /// pixel of the font.
  void append_outlines(cairo_t* cairo, double font_pixels) const;
  /// Draws the letters with colours of their own.
  void show_coloured(cairo_t* cairo, double font_pixels) const;

 private:
  struct Run {
    const PangoGlyphItem* glyphs;  // owned by the layout
    double x, y;
  };

  void add_line(cairo_t* cairo, PangoLayoutLine* line, double x, double y);
  void add_missing(const PangoGlyphString& glyphs);

  int reference_;  // the font size of the layout, in pixels
  GObjectPtr<PangoLayout> layout_;
  CairoPathPtr outlines_;
  std::vector<Run> coloured_;
  std::vector<char32_t> missing_;
  InkBox ink_;
};

}  // namespace wm
