#include "worker/jpeg/lanes/shortcuts.h"

namespace wm::jpeg {
namespace {

constexpr std::size_t shortest_jump = 16;  // MCUs; about the distance between checkpoints

}  // namespace

std::size_t Shortcuts::jump(const ScanWindow& window, std::size_t first, std::size_t last,
                            std::size_t& position, Predictors& predictors) {
  if (!has_any_) return first;
  if (!start_) {
    if (last - first < options_.surveyed_mcus || position >= window.safe_end() ||
        window.safe_end() - position < options_.surveyed_bits) {
      return first;
    }
    survey(window, position);
    start_ = {.mcu = first, .predictors = predictors};
  }
  if (last - first < shortest_jump) return first;
  const std::optional<Checkpoint> found = survey_->last_before(last - start_->mcu);
  if (!found || found->position <= position) return first;
  position = found->position;
  for (std::size_t i = 0; i < predictors.size(); ++i) {
    predictors[i] = start_->predictors[i] + found->differences[i];
  }
  const std::size_t mcu = start_->mcu + found->mcus;
  if (found->slot == 0 && !found->last) return mcu;
  finish_mcu(mcu_, window, found->slot, found->last, position, predictors);
  return mcu + 1;
}

void Shortcuts::survey(const ScanWindow& window, std::size_t position) {
  if (!survey_) survey_.emplace(header_, mcu_, options_.lane_entries);
  survey_->make(window, position);
  // Codes that do not synchronise here will not do so further on.
  if (survey_->joined() < LaneRun::lanes / 2) has_any_ = false;
}

}  // namespace wm::jpeg
