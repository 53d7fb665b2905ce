#pragma once

// What a mark is drawn from: a logo file or a text. Needs a running libvips. One thread.

#include <memory>
#include <stdexcept>

#include "common/job/recipe.h"
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

  /// The mark's size before scaling in a picture whose display size is `picture`; at least 1x1.
  virtual Size natural_size(Size picture) = 0;

  /// The mark drawn at exactly `size` for such a picture. Throws vips::VError, std::bad_alloc.
  virtual Raster draw(Size picture, Size size) = 0;
};

/// Draws the mark once to see that it can be. `mark` must outlive the source. Throws MarkError.
[[nodiscard]] std::unique_ptr<MarkSource> make_mark_source(const Mark& mark);

}  // namespace wm
