#include "worker/jpeg/mark_planes.h"

#include <algorithm>
#include <array>

namespace wm::jpeg {
namespace {

/// Weights of a mark's samples in a component. Middle grey maps to 0.
struct Weights {
  std::size_t samples = 3;  // a pixel
  std::array<float, 3> of{};
  float offset = 0;
};

Weights weights_of(ColourModel model, std::size_t component) {
  if (model == ColourModel::grey) return {.samples = 1, .of = {1, 0, 0}, .offset = -128};
  if (model == ColourModel::rgb) {
    Weights weights{.offset = -128};
    weights.of[component] = 1;
    return weights;
  }
  // JFIF 1.02: BT.601 luma, full range.
  if (component == 0) return {.of = {0.299F, 0.587F, 0.114F}, .offset = -128};
  if (component == 1) return {.of = {-0.168735892F, -0.331264108F, 0.5F}};
  return {.of = {0.5F, -0.418687589F, -0.081312411F}};
}

/// The share of a pixel in a sample, along one axis.
struct Share {
  int pixel = 0;  // in the mark; its last one beyond the picture's edge
  int sample = 0;
  float part = 0;  // of the sample's area
};

/// `sampling` samples of the component cover `full` pixels. The first pixel is at `phase` within its MCU.
std::vector<Share> shares_along(int phase, int first, int count, bool to_edge, int sampling, int full) {
  const int mcu = 8 * full;
  const int padded = to_edge ? (phase + count + mcu - 1) / mcu * mcu - phase : count;
  std::vector<Share> shares;
  for (int i = 0; i < padded; ++i) {
    // In units such that a pixel has `sampling` and a sample has `full` of them.
    int begin = (phase + i) * sampling;
    const int end = begin + sampling;
    while (begin < end) {
      const int sample = begin / full;
      const int stop = std::min(end, (sample + 1) * full);
      shares.push_back({.pixel = first + std::min(i, count - 1),
                        .sample = sample,
                        .part = static_cast<float>(stop - begin) / static_cast<float>(full)});
      begin = stop;
    }
  }
  return shares;
}

/// Eight rows of samples, one row of blocks.
class BlockRow {
 public:
  explicit BlockRow(std::size_t columns) : masks_(columns), used_(columns) {}

  void add(const PreparedMark& mark, const Share& row, const std::vector<Share>& columns,
           const Weights& weights) {
    const std::size_t line = static_cast<std::size_t>(row.pixel) * static_cast<std::size_t>(mark.size.width);
    const auto y = static_cast<std::size_t>(row.sample & 7);
    for (const Share& column : columns) {
      const std::size_t pixel = line + static_cast<std::size_t>(column.pixel);
      if (mark.alpha[pixel] == 0) continue;
      const std::byte* samples = mark.colours.data() + pixel * weights.samples;
      float colour = weights.offset;
      for (std::size_t i = 0; i < weights.samples; ++i) {
        colour += weights.of[i] * static_cast<float>(std::to_integer<int>(samples[i]));
      }
      const float alpha = static_cast<float>(mark.alpha[pixel]) / 255.0F * (row.part * column.part);
      const auto block = static_cast<std::size_t>(column.sample >> 3);
      const std::size_t at = static_cast<std::size_t>(column.sample & 7) * 8 + y;
      masks_[block].alpha.at[at] += alpha;
      masks_[block].colour.at[at] += alpha * colour;
      used_[block] = 1;
    }
  }

  /// Moves the blocks that the mark touches to row `row` of `plane`.
  void flush(int row, MarkPlane& plane) {
    for (std::size_t column = 0; column < masks_.size(); ++column) {
      if (used_[column] == 0) continue;
      plane.set(static_cast<int>(column), row, masks_[column]);
      masks_[column] = {};
      used_[column] = 0;
    }
  }

 private:
  std::vector<BlockMask> masks_;
  std::vector<std::uint8_t> used_;
};

MarkPlane make_plane(const PreparedMark& mark, const std::vector<Share>& columns,
                     const std::vector<Share>& rows, const Weights& weights) {
  const int width = columns.back().sample / 8 + 1;
  const int height = rows.back().sample / 8 + 1;
  MarkPlane plane(width, height);
  BlockRow blocks(static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    blocks.add(mark, rows[i], columns, weights);
    const int block_row = rows[i].sample / 8;
    if (i + 1 == rows.size() || rows[i + 1].sample / 8 != block_row) blocks.flush(block_row, plane);
  }
  plane.shrink();
  return plane;
}

}  // namespace

MarkPhase phase_of(const ScanGeometry& geometry, Size size, Point position) {
  // In 64 bits: positions may be anywhere.
  const auto inside = [](std::int64_t begin, int length, int limit) {
    const std::int64_t first = std::clamp<std::int64_t>(begin, 0, limit);
    const std::int64_t last = std::clamp<std::int64_t>(begin + length, 0, limit);
    return std::array{static_cast<int>(first - begin), static_cast<int>(last - first),
                      static_cast<int>(first)};
  };
  const auto [left, width, x] = inside(position.x, size.width, geometry.picture.width);
  const auto [top, height, y] = inside(position.y, size.height, geometry.picture.height);
  if (width <= 0 || height <= 0) return {};
  const Size mcu = geometry.mcu_pixels();
  return {.x = x % mcu.width,
          .y = y % mcu.height,
          .visible = {left, top, width, height},
          .to_right = x + width == geometry.picture.width,
          .to_bottom = y + height == geometry.picture.height};
}

MarkPlanes make_planes(const PreparedMark& mark, const MarkPhase& phase, const ScanGeometry& geometry,
                       ColourModel model) {
  MarkPlanes made;
  const Box& visible = phase.visible;
  if (visible.empty()) return made;
  for (std::size_t i = 0; i < geometry.components.size(); ++i) {
    const ComponentGrid& grid = geometry.components[i];
    made.planes.push_back(make_plane(mark,
                                     shares_along(phase.x, visible.left, visible.width, phase.to_right,
                                                  grid.horizontal, geometry.max_horizontal),
                                     shares_along(phase.y, visible.top, visible.height, phase.to_bottom,
                                                  grid.vertical, geometry.max_vertical),
                                     weights_of(model, i)));
  }
  return made;
}

}  // namespace wm::jpeg
