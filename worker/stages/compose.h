#pragma once

// Stage 2: draws the marks on every page of a decoded picture, in place and in order: each mark is blended
// with the result of the previous ones. Only the pixels within the marks' boxes are touched.

#include <cstddef>
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

/// Marks, prepared and placed.
struct MarkLayers {
  std::vector<jpeg::MarkLayer> layers;
  std::vector<std::size_t> marks;  // of each layer: its mark's index in the recipe
  DrawnMarks drawn;
};

class Composer {
 public:
  /// Borrows the recipe and the log. `started` is the start of the run, for dates in texts. Needs a running
  /// libvips. Throws MarkError; also when no mark would be visible on any picture, unless `if_unmarked`
  /// allows that.
  Composer(const Recipe& recipe, std::int64_t started, Logger& log,
           IfUnmarked if_unmarked = IfUnmarked::fail);

  /// `task` is the picture's task. Throws TaskFailure for a mark that is too big, vips::VError,
  /// std::bad_alloc; after an exception the picture's state is undefined.
  DrawnMarks compose(Picture& picture, const Task& task);

  /// The same marks, prepared and placed but not drawn, for a JPEG of which only the header was read. `grey`:
  /// it has one component. The recipe must not contain marks that need pixels (blend modes, Contrast).
  /// Returns nullopt when a mark has too many copies to list. Throws as compose().
  [[nodiscard]] std::optional<MarkLayers> layers(const Picture& picture, const Task& task, bool grey);

  /// What users are told of the mark `index` of the recipe when it was drawn and changed nothing, such as a
  /// white one on white. It counts as drawn.
  [[nodiscard]] std::string without_effect(std::size_t index) const;

  /// The marks' boxes in display space, one for each copy, at most `most`.
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
  /// The mark's place, or the reason why it is not drawn on this picture.
  std::variant<Placed, std::string> placed(std::size_t index, const Picture& picture, const TextFacts& facts);
  void place(std::size_t index, Picture& picture, const TextFacts& facts, DrawnMarks& drawn);
  void count(std::size_t index, DrawnMarks& drawn) const;
  void leave_out(std::size_t index, std::string_view why, DrawnMarks& drawn) const;
  /// Whether any part of the mark is visible at one of its places.
  [[nodiscard]] bool is_seen_at(const Placed& where, const PreparedMark& mark, double opacity,
                                const Picture& picture) const;
  /// The reason why a mark that is too big is left out; "" when it is drawn. Throws TaskFailure.
  [[nodiscard]] std::string too_big_to_draw(std::size_t index, Size box, Size seen) const;
  Prepared prepared(std::size_t index, const Placement& placement, const Picture& picture,
                    const PixelLayout& layout, bool inverted);
  /// The mark, or its counterpart if Contrast asks for that.
  Prepared chosen(std::size_t index, const Placement& placement, const Picture& picture);

  const Recipe& recipe_;
  std::tm started_{};
  Logger& log_;
  std::vector<std::unique_ptr<MarkSource>> sources_;  // one for each mark of the recipe
  MarkCache cache_;
};

}  // namespace wm
