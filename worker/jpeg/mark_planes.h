#pragma once

// A mark prepared for the components of a JPEG: premultiplied, in the components' colours, reduced to each
// component's resolution, cut into blocks as in the scan. All work that depends neither on the picture's
// content nor on the mark's opacity is done here once. Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/jpeg/block_values.h"
#include "worker/jpeg/scan_geometry.h"
#include "worker/marks/prepared_mark.h"

namespace wm::jpeg {

/// The linear function of a mark's samples that a component holds.
enum class ColourModel : std::uint8_t { grey, ycc, rgb };

/// The mask of one block, transposed like the samples in block_values.h. A sample P, 0 being middle grey,
/// becomes P * (1 - opacity * alpha) + opacity * colour.
struct BlockMask {
  BlockValues alpha;   // 0..1
  BlockValues colour;  // premultiplied
};

class MarkPlane {
 public:
  MarkPlane() = default;
  MarkPlane(int columns, int rows)
      : columns_(columns),
        rows_(rows),
        index_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

  /// nullptr where the mark does not touch the block, and outside of the plane.
  [[nodiscard]] const BlockMask* at(int column, int row) const {
    if (column < 0 || row < 0 || column >= columns_ || row >= rows_) return nullptr;
    const std::uint32_t found = index_[place(column, row)];
    return found == 0 ? nullptr : &masks_[found - 1];
  }
  void set(int column, int row, const BlockMask& mask) {
    masks_.push_back(mask);
    index_[place(column, row)] = static_cast<std::uint32_t>(masks_.size());
  }
  void shrink() { masks_.shrink_to_fit(); }
  [[nodiscard]] std::size_t bytes() const {
    return index_.size() * 4 + masks_.capacity() * sizeof(BlockMask);
  }

 private:
  [[nodiscard]] std::size_t place(int column, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column);
  }

  int columns_ = 0, rows_ = 0;
  std::vector<std::uint32_t> index_;  // 1 + index in masks_, or 0
  std::vector<BlockMask> masks_;
};

/// One plane for each component. Their first blocks are those of the MCU in which the mark's visible part
/// begins.
struct MarkPlanes {
  std::vector<MarkPlane> planes;
  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = 0;
    for (const MarkPlane& plane : planes) sum += plane.bytes();
    return sum;
  }
};

/// A mark's position relative to the grid of MCUs. Equal for many pictures and positions.
struct MarkPhase {
  int x = 0, y = 0;        // of the visible part's first pixel inside of its MCU
  Box visible;             // the part of the mark inside of the picture, in the mark's pixels
  bool to_right = false;   // the visible part reaches the picture's edge: beyond it, the last
  bool to_bottom = false;  //   column and row go on to the end of the MCU, as encoders do with pictures
  bool operator==(const MarkPhase&) const = default;
};

/// The phase of a mark of `size` whose first pixel is at `position`; `visible` is empty when no part is
/// visible.
[[nodiscard]] MarkPhase phase_of(const ScanGeometry& geometry, Size size, Point position);

/// `mark` has 1 sample a pixel for ColourModel::grey and 3 for the others.
[[nodiscard]] MarkPlanes make_planes(const PreparedMark& mark, const MarkPhase& phase,
                                     const ScanGeometry& geometry, ColourModel model);

}  // namespace wm::jpeg
