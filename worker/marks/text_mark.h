#pragma once

// A mark from a text: drawn once per font size by Pango.

#include <list>

#include "worker/marks/mark_source.h"

namespace wm {

class TextMark : public MarkSource {
 public:
  /// Borrows `text`. Throws MarkError for broken UTF-8 and for a text of which nothing can be seen.
  explicit TextMark(const Text& text);

  Size natural_size(Size picture) override;
  Raster draw(Size picture, Size size) override;

 private:
  struct Drawn {
    int font_pixels;
    Raster raster;
  };

  [[nodiscard]] int font_pixels(Size picture) const;
  [[nodiscard]] Raster render(int font_pixels) const;
  const Raster& at_font_size(int font_pixels);

  const Text& text_;
  std::list<Drawn> drawn_;  // the last used first
};

}  // namespace wm
