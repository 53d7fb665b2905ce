#pragma once

// The source of a mark's drawings: a logo file or a text. Needs a running libvips. One thread.

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

  /// Announces the next picture. False: there is nothing to draw on it, and no other function may be called.
  virtual bool set_facts(const TextFacts&) { return true; }

  /// A hash of everything that makes drawings differ between pictures, apart from their sizes.
  [[nodiscard]] virtual std::uint64_t content() const { return 0; }

  /// How often a text was drawn so far.
  [[nodiscard]] virtual std::uint64_t renders() const { return 0; }

  /// The alpha of its most opaque pixel, not 0; 255 when that depends on the picture.
  [[nodiscard]] virtual std::uint8_t most_alpha() const { return 255; }

  /// A message to the user about the drawings so far, each only once; mostly "".
  virtual std::string take_note() { return {}; }

  /// For users: what every drawing lacks, and what is there instead; "" when nothing is missing.
  [[nodiscard]] virtual std::string missing() const { return {}; }

  /// The mark's size before scaling in a picture whose display size is `picture`; at least 1x1.
  virtual Size natural_size(Size picture) = 0;

  /// The mark drawn at exactly `size` for such a picture. Throws vips::VError, std::bad_alloc.
  virtual Raster draw(Size picture, Size size) = 0;
};

/// Draws the mark once to check that it can be drawn and is visible. `mark` must outlive the source. Throws
/// MarkError.
[[nodiscard]] std::unique_ptr<MarkSource> make_mark_source(const Mark& mark);

}  // namespace wm
