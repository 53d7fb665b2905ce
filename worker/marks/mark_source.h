#pragma once

// What a mark is drawn from: a logo file or a text. Needs a running libvips. One thread.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "common/job/recipe.h"
#include "common/job/text_template.h"
#include "worker/marks/raster.h"

namespace wm {

/// A mark that cannot be drawn; the message names the logo or the text.
class MarkError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class MarkSource {
 public:
  virtual ~MarkSource() = default;

  /// Says which picture comes next. False: there is nothing to draw on it, and nothing else may be asked.
  virtual bool set_facts(const TextFacts&) { return true; }

  /// A hash of all that makes drawings differ from picture to picture apart from their sizes.
  [[nodiscard]] virtual std::uint64_t content() const { return 0; }

  /// How often a text was drawn so far.
  [[nodiscard]] virtual std::uint64_t renders() const { return 0; }

  /// The alpha of its most opaque pixel, not 0; 255 when that depends on the picture.
  [[nodiscard]] virtual std::uint8_t most_alpha() const { return 255; }

  /// What a person should know of the drawings so far, each thing once; mostly "".
  virtual std::string take_note() { return {}; }

  /// The mark's size before scaling in a picture whose display size is `picture`; at least 1x1.
  virtual Size natural_size(Size picture) = 0;

  /// The mark drawn at exactly `size` for such a picture. Throws vips::VError, std::bad_alloc.
  virtual Raster draw(Size picture, Size size) = 0;
};

/// Draws the mark once to see that it can be, and be seen. `mark` must outlive the source. Throws MarkError.
[[nodiscard]] std::unique_ptr<MarkSource> make_mark_source(const Mark& mark);

}  // namespace wm
