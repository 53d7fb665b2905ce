#pragma once

// A mark from a text with variables. Each text is laid out once, and drawn once for each font size and size
// of the mark, as long as it is among the most recently used.

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "common/job/text_template.h"
#include "worker/marks/mark_source.h"
#include "worker/marks/text_fonts.h"
#include "worker/marks/text_paint.h"
#include "worker/marks/text_shape.h"

namespace wm {

class TextMark : public MarkSource {
 public:
  /// Borrows `text`. Throws MarkError for broken UTF-8, unknown variables, a font file without a font,
  /// letters that no font has, and for a text without any visible part. Of variables, it checks only the
  /// replacements for missing values. Until set_facts(), variables have the values of no picture.
  explicit TextMark(const Text& text);

  bool set_facts(const TextFacts& facts) override;
  [[nodiscard]] std::uint64_t content() const override { return content_; }
  [[nodiscard]] std::uint64_t renders() const override { return renders_; }
  std::string take_note() override;
  /// A missing font: `the font "Comic Sans MS", replaced by DejaVu Sans`.
  [[nodiscard]] std::string missing() const override { return missing_; }

  Size natural_size(Size picture) override;
  Raster draw(Size picture, Size size) override;

 private:
  struct Shape {
    std::uint64_t content;
    TextShape shape;
  };
  struct Drawing {
    std::uint64_t content;
    int font_pixels;
    Raster raster;
  };

  [[nodiscard]] int font_pixels(Size picture) const;
  [[nodiscard]] Raster render(int font_pixels, Size size);
  void use(std::string expanded);
  const TextShape& shape();

  const Text& text_;
  std::optional<TextTemplate> template_;
  std::optional<TextFonts> fonts_;
  std::string expanded_;
  std::uint64_t content_ = 0;
  std::uint64_t renders_ = 0;
  std::list<Shape> shapes_;      // most recently used first
  std::list<Drawing> drawings_;  // most recently used first
  std::string note_, missing_;
  bool note_made_ = false;
};

}  // namespace wm
