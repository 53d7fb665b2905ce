#pragma once

// The fonts that one text is set in: those that are installed and, before them, the font file that came with
// the text. The file's bytes stand in a memory file, which fontconfig and FreeType know by its path in /proc,
// so nothing is written to a disk. Cairo knows a font by its path for as long as the process lives, so that
// is how long the memory file stands: one for each font file that differs. One thread.

#include <pango/pangocairo.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/job/mark.h"
#include "worker/marks/gobject_ptr.h"

namespace wm {

class TextFonts {
 public:
  /// Throws MarkError for a file in which there is no font, std::system_error.
  explicit TextFonts(const Text& text);

  /// `utf8` set with letters of `pixels`, not wrapped, neither hinted nor rounded to whole pixels.
  [[nodiscard]] GObjectPtr<PangoLayout> layout(std::string_view utf8, int pixels) const;

  /// The family that stands in where none of those asked for is there; "" where one is, and for "serif" and
  /// the like, which name no font.
  [[nodiscard]] std::string substitute() const;

  /// The first of the known families, by name, that has an outline for `letter`.
  [[nodiscard]] std::optional<std::string> family_with(char32_t letter) const;

 private:
  struct FreeDescription {
    void operator()(PangoFontDescription* description) const { pango_font_description_free(description); }
  };

  void add_file(const FontFile& file);

  FcConfigPtr config_;  // none without a file: that of the process
  GObjectPtr<PangoFontMap> map_;
  GObjectPtr<PangoContext> context_;
  std::unique_ptr<PangoFontDescription, FreeDescription> description_;
};

}  // namespace wm
