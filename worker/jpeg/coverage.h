#pragma once

// The MCUs and blocks of a picture that the marks touch, and the masks there. Rows of MCUs are visited from
// top to bottom; only the planes of marks that reach into the current row are held. One thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "worker/jpeg/block_blend.h"
#include "worker/jpeg/mark_layer.h"
#include "worker/jpeg/mark_plane_cache.h"

namespace wm::jpeg {

class Coverage {
 public:
  /// MCUs [first, last) in scan order, within one row.
  struct Run {
    std::size_t first = 0, last = 0;
  };

  /// Borrows everything but the marks. Throws std::invalid_argument for a mark that does not fit `model`.
  Coverage(const ScanGeometry& geometry, ColourModel model, std::span<const MarkLayer> layers,
           MarkPlaneCache& cache);

  /// In ascending order, none empty, none overlapping.
  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
  [[nodiscard]] std::size_t touched_mcus() const;

  /// Only moves downwards.
  void enter_row(int mcu_row);
  /// Allows visiting the rows again.
  void rewind();

  /// The masks of one block of the entered row, lowest first; empty when the block is unchanged. Column and
  /// row count from the picture's first block. Valid until the next call.
  [[nodiscard]] std::span<const MaskLayer> masks(std::size_t component, int column, int row);

 private:
  struct Placement {
    std::shared_ptr<const PreparedMark> mark;
    MarkPhase phase;
    int left = 0, top = 0, right = 0, bottom = 0;  // MCUs
    float opacity = 1;
    std::shared_ptr<const MarkPlanes> planes{};  // while it reaches into the current row
  };

  void place(const MarkLayer& layer, Point position);
  void find_runs();

  const ScanGeometry& geometry_;
  ColourModel model_;
  MarkPlaneCache& cache_;
  std::vector<Placement> placements_;  // lowest first
  std::vector<std::size_t> by_top_;    // indices in placements_, by `top`
  std::size_t next_by_top_ = 0;
  int row_ = -1;
  std::vector<std::size_t> active_;  // of the current row, ascending
  std::vector<Run> runs_;
  std::vector<MaskLayer> found_;
};

}  // namespace wm::jpeg
