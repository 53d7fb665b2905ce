#pragma once

// Stage 2: puts the marks on every page of a decoded picture, in place. Only the marks' boxes are touched.

#include <memory>
#include <vector>

#include "common/job/recipe.h"
#include "worker/log/logger.h"
#include "worker/marks/mark_cache.h"
#include "worker/marks/mark_source.h"
#include "worker/stages/picture.h"

namespace wm {

class Composer {
 public:
  /// Borrows the recipe and the log. Needs a running libvips. Throws MarkError.
  Composer(const Recipe& recipe, Logger& log);

  /// Throws vips::VError, std::bad_alloc; the picture is then in no defined state.
  void compose(Picture& picture);

 private:
  void place(std::size_t index, Picture& picture);

  const Recipe& recipe_;
  Logger& log_;
  std::vector<std::unique_ptr<MarkSource>> sources_;  // one for each mark of the recipe
  MarkCache cache_;
};

}  // namespace wm
