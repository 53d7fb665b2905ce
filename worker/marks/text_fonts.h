#pragma once

// The fonts for one text: the installed ones and, with precedence, the font file given with the text. The
// file's bytes are in a memory file, which fontconfig and FreeType access by its path in /proc, so nothing is
// written to a disk. Cairo remembers a font by its path as long as the process lives, so the memory file is
// kept as long: one for each different font file. One thread.

#include <pango/pangocairo.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/job/mark.h"
#include "worker/marks/gobject_ptr.h"

namespace wm {

class TextFonts {
 public:
  /// Throws MarkError for a file without a font, std::system_error.
  explicit TextFonts(const Text& text);

  /// `utf8` set with letters of `pixels`, not wrapped, neither hinted nor rounded to whole pixels.
  [[nodiscard]] GObjectPtr<PangoLayout> layout(std::string_view utf8, int pixels) const;

  /// The family used as a substitute when none of the requested ones is installed; "" when one is, and for
  /// "serif" and the like, which are not names of fonts.
  [[nodiscard]] std::string substitute() const;

  /// The first of the known families, by name, that has an outline for `letter`.
  [[nodiscard]] std::optional<std::string> family_with(char32_t letter) const;

 private:
  struct FreeDescription {
    void operator()(PangoFontDescription* description) const { pango_font_description_free(description); }
  };

  void add_file(const FontFile& file);

  FcConfigPtr config_;  // null without a file: then the process's
  GObjectPtr<PangoFontMap> map_;
  GObjectPtr<PangoContext> context_;
  std::unique_ptr<PangoFontDescription, FreeDescription> description_;
};

}  // namespace wm
