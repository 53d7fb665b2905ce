#pragma once

// Stage 2: puts the marks on every page of a decoded picture, in place and in order: a mark meets what the
// marks before it have left. Only the marks' boxes are touched.

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/job/output_policy.h"
#include "common/job/recipe.h"
#include "common/job/task.h"
#include "worker/jpeg/mark_layer.h"
#include "worker/log/logger.h"
#include "worker/marks/copies.h"
#include "worker/marks/mark_cache.h"
#include "worker/marks/mark_source.h"
#include "worker/marks/placement.h"
#include "worker/stages/drawn_marks.h"
#include "worker/stages/picture.h"

namespace wm {

/// Marks that are prepared and placed.
struct MarkLayers {
  std::vector<jpeg::MarkLayer> layers;
  DrawnMarks drawn;
};

class Composer {
 public:
  /// Borrows the recipe and the log. `started` is when the run began, for dates in texts. Needs a running
  /// libvips. Throws MarkError; also when no mark can be seen on any picture, unless that is allowed.
  Composer(const Recipe& recipe, std::int64_t started, Logger& log,
           IfUnmarked if_unmarked = IfUnmarked::fail);

  /// `task` is the picture's. Throws TaskFailure for a mark that is too big, vips::VError, std::bad_alloc;
  /// the picture is then in no defined state.
  DrawnMarks compose(Picture& picture, const Task& task);

  /// The same marks, prepared and placed but not drawn, for a JPEG of which only the header was read. `grey`:
  /// it has one component. Marks that need pixels (blend modes, Contrast) must not be in the recipe. None
  /// when the copies of a mark are too many to be listed. Throws as compose().
  [[nodiscard]] std::optional<MarkLayers> layers(const Picture& picture, const Task& task, bool grey);

  /// Where the marks go in display space, copies one by one, at most `most` of them.
  [[nodiscard]] std::vector<Box> boxes(const Picture& picture, const Task& task, std::size_t most);

  /// Texts drawn so far.
  [[nodiscard]] std::uint64_t texts_rendered() const;

 private:
  using Prepared = std::shared_ptr<const PreparedMark>;

  struct Placed {
    Placement placement;
    Copies copies;
  };

  void check_visibility() const;
  [[nodiscard]] TextFacts facts_of(const Picture& picture, const Task& task) const;
  /// Where the mark goes, or why it is not drawn on this picture.
  std::variant<Placed, std::string> placed(std::size_t index, const Picture& picture, const TextFacts& facts);
  void place(std::size_t index, Picture& picture, const TextFacts& facts, DrawnMarks& drawn);
  void leave_out(std::size_t index, std::string_view why, DrawnMarks& drawn) const;
  /// Whether anything of the mark is seen at one of the places.
  [[nodiscard]] bool is_seen_at(const Placed& where, const PreparedMark& mark, double opacity,
                                const Picture& picture) const;
  /// Why a mark that is too big is left out; "" when it is drawn. Throws TaskFailure.
  [[nodiscard]] std::string too_big_to_draw(std::size_t index, Size box, Size seen) const;
  Prepared prepared(std::size_t index, const Placement& placement, const Picture& picture,
                    const PixelLayout& layout, bool inverted);
  /// The mark or its counterpart, as Contrast asks for.
  Prepared chosen(std::size_t index, const Placement& placement, const Picture& picture);

  const Recipe& recipe_;
  std::tm started_{};
  Logger& log_;
  std::vector<std::unique_ptr<MarkSource>> sources_;  // one for each mark of the recipe
  MarkCache cache_;
};

}  // namespace wm
