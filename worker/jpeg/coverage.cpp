#include "worker/jpeg/coverage.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace wm::jpeg {

Coverage::Coverage(const ScanGeometry& geometry, ColourModel model, std::span<const MarkLayer> layers,
                   MarkPlaneCache& cache)
    : geometry_(geometry), model_(model), cache_(cache) {
  const std::size_t samples = model == ColourModel::grey ? 1 : 3;
  for (const MarkLayer& layer : layers) {
    const PreparedMark& mark = *layer.mark;
    const Size size{std::max(mark.size.width, 0), std::max(mark.size.height, 0)};
    const std::size_t pixels = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
    if (mark.alpha.size() != pixels || mark.colours.size() != pixels * samples) {
      throw std::invalid_argument("a mark does not have the samples that the picture needs");
    }
    if (pixels == 0 || !(layer.opacity > 0)) continue;
    for (const Point& position : layer.positions) place(layer, position);
  }
  by_top_.resize(placements_.size());
  std::iota(by_top_.begin(), by_top_.end(), std::size_t{0});
  std::stable_sort(by_top_.begin(), by_top_.end(),
                   [this](std::size_t a, std::size_t b) { return placements_[a].top < placements_[b].top; });
  find_runs();
}

void Coverage::place(const MarkLayer& layer, Point position) {
  const MarkPhase phase = phase_of(geometry_, layer.mark->size, position);
  if (phase.visible.empty()) return;
  const Size mcu = geometry_.mcu_pixels();
  const int x = position.x + phase.visible.left;
  const int y = position.y + phase.visible.top;
  placements_.push_back({.mark = layer.mark,
                         .phase = phase,
                         .left = x / mcu.width,
                         .top = y / mcu.height,
                         .right = (x + phase.visible.width - 1) / mcu.width + 1,
                         .bottom = (y + phase.visible.height - 1) / mcu.height + 1,
                         .opacity = static_cast<float>(std::min(layer.opacity, 1.0))});
}

void Coverage::find_runs() {
  const auto columns = static_cast<std::size_t>(geometry_.mcus.width);
  std::vector<Run> all;
  for (const Placement& placement : placements_) {
    for (int row = placement.top; row < placement.bottom; ++row) {
      const std::size_t line = static_cast<std::size_t>(row) * columns;
      all.push_back({line + static_cast<std::size_t>(placement.left),
                     line + static_cast<std::size_t>(placement.right)});
    }
  }
  std::sort(all.begin(), all.end(), [](const Run& a, const Run& b) { return a.first < b.first; });
  for (const Run& run : all) {
    if (!runs_.empty() && run.first <= runs_.back().last &&
        run.first / columns == runs_.back().first / columns) {
      runs_.back().last = std::max(runs_.back().last, run.last);
    } else {
      runs_.push_back(run);
    }
  }
}

std::size_t Coverage::touched_mcus() const {
  std::size_t sum = 0;
  for (const Run& run : runs_) sum += run.last - run.first;
  return sum;
}

void Coverage::enter_row(int mcu_row) {
  if (mcu_row == row_) return;
  row_ = mcu_row;
  const auto is_over = [this, mcu_row](std::size_t index) {
    if (placements_[index].bottom > mcu_row) return false;
    placements_[index].planes.reset();
    return true;
  };
  active_.erase(std::remove_if(active_.begin(), active_.end(), is_over), active_.end());
  bool grown = false;
  for (; next_by_top_ < by_top_.size(); ++next_by_top_) {
    Placement& placement = placements_[by_top_[next_by_top_]];
    if (placement.top > mcu_row) break;
    if (placement.bottom <= mcu_row) continue;
    placement.planes = cache_.get(placement.mark, placement.phase, geometry_, model_);
    active_.push_back(by_top_[next_by_top_]);
    grown = true;
  }
  if (grown) std::sort(active_.begin(), active_.end());
}

void Coverage::rewind() {
  for (const std::size_t index : active_) placements_[index].planes.reset();
  active_.clear();
  next_by_top_ = 0;
  row_ = -1;
}

std::span<const MaskLayer> Coverage::masks(std::size_t component, int column, int row) {
  found_.clear();
  const ComponentGrid& grid = geometry_.components[component];
  if (column >= grid.blocks.width || row >= grid.blocks.height) return {};
  for (const std::size_t index : active_) {
    const Placement& placement = placements_[index];
    const BlockMask* mask = placement.planes->planes[component].at(column - placement.left * grid.horizontal,
                                                                   row - placement.top * grid.vertical);
    if (mask != nullptr) found_.push_back({.mask = mask, .opacity = placement.opacity});
  }
  return found_;
}

}  // namespace wm::jpeg
