#pragma once

// Stage 2: puts the marks on every page of a decoded picture, in place. Only the marks' boxes are touched.

#include <cstdint>
#include <ctime>
#include <memory>
#include <vector>

#include "common/job/recipe.h"
#include "common/job/task.h"
#include "worker/log/logger.h"
#include "worker/marks/mark_cache.h"
#include "worker/marks/mark_source.h"
#include "worker/stages/picture.h"

namespace wm {

class Composer {
 public:
  /// Borrows the recipe and the log. `started` is when the run began, for dates in texts. Needs a running
  /// libvips. Throws MarkError.
  Composer(const Recipe& recipe, std::int64_t started, Logger& log);

  /// `task` is the picture's. Throws vips::VError, std::bad_alloc; the picture is then in no defined state.
  void compose(Picture& picture, const Task& task);

  /// Texts drawn so far.
  [[nodiscard]] std::uint64_t texts_rendered() const;

 private:
  void place(std::size_t index, Picture& picture, const TextFacts& facts);

  const Recipe& recipe_;
  std::tm started_{};
  Logger& log_;
  std::vector<std::unique_ptr<MarkSource>> sources_;  // one for each mark of the recipe
  MarkCache cache_;
};

}  // namespace wm
