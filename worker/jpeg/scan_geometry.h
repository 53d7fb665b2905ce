#pragma once

// The layout of the blocks in a sequential scan of all components: ITU T.81 A.1.1, A.2. Pure numbers.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "worker/jpeg/segments.h"
#include "worker/marks/geometry.h"

namespace wm::jpeg {

/// Samples of a component: `horizontal` of them cover max_horizontal pixels of the picture, likewise
/// vertically.
struct ComponentGrid {
  int horizontal = 1, vertical = 1;
  Size blocks;  // only those with samples of the picture; an MCU at the edge may have more
};

struct ScanGeometry {
  Size picture;
  int max_horizontal = 1, max_vertical = 1;
  Size mcus;
  std::vector<ComponentGrid> components;

  [[nodiscard]] Size mcu_pixels() const { return {8 * max_horizontal, 8 * max_vertical}; }
  [[nodiscard]] std::size_t mcu_count() const {
    return static_cast<std::size_t>(mcus.width) * static_cast<std::size_t>(mcus.height);
  }
  [[nodiscard]] int blocks_per_mcu() const {
    int sum = 0;
    for (const ComponentGrid& grid : components) sum += grid.horizontal * grid.vertical;
    return sum;
  }
};

/// A picture with one component has MCUs of one block, whatever its sampling factors.
[[nodiscard]] inline ScanGeometry geometry_of(const Frame& frame) {
  const auto divide_up = [](int value, int by) { return (value + by - 1) / by; };
  ScanGeometry geometry{.picture = {frame.width, frame.height}};
  const bool alone = frame.components.size() == 1;
  for (const Component& component : frame.components) {
    const ComponentGrid grid{.horizontal = alone ? 1 : component.horizontal,
                             .vertical = alone ? 1 : component.vertical};
    geometry.max_horizontal = std::max(geometry.max_horizontal, grid.horizontal);
    geometry.max_vertical = std::max(geometry.max_vertical, grid.vertical);
    geometry.components.push_back(grid);
  }
  for (ComponentGrid& grid : geometry.components) {
    grid.blocks.width = divide_up(frame.width * grid.horizontal, 8 * geometry.max_horizontal);
    grid.blocks.height = divide_up(frame.height * grid.vertical, 8 * geometry.max_vertical);
  }
  geometry.mcus.width = divide_up(frame.width, 8 * geometry.max_horizontal);
  geometry.mcus.height = divide_up(frame.height, 8 * geometry.max_vertical);
  return geometry;
}

}  // namespace wm::jpeg
