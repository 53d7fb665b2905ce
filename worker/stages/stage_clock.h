#pragma once

// Measures the stages of one task and reports the running one to the worker's status.

#include <chrono>
#include <functional>
#include <optional>

#include "common/job/outcome.h"

namespace wm {

class StageClock {
 public:
  using Observer = std::function<void(Stage)>;

  /// `on_enter` is called at the start of every stage, before any of its work.
  explicit StageClock(Observer on_enter) : on_enter_(std::move(on_enter)) {}

  /// Ends the running stage and starts `stage`.
  void enter(Stage stage) {
    finish();
    running_ = stage;
    started_ = Clock::now();
    on_enter_(stage);
  }

  /// Ends the running stage.
  void finish() {
    if (!running_) return;
    const auto spent = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - started_);
    times_[static_cast<std::size_t>(*running_)] += static_cast<std::uint64_t>(spent.count());
    running_.reset();
  }

  /// The time until resume() belongs to no stage.
  void pause() {
    paused_ = running_;
    finish();
  }
  void resume() {
    running_ = paused_;
    paused_.reset();
    started_ = Clock::now();
  }

  [[nodiscard]] const StageTimes& times() const noexcept { return times_; }

 private:
  using Clock = std::chrono::steady_clock;
  Observer on_enter_;
  std::optional<Stage> running_, paused_;
  Clock::time_point started_;
  StageTimes times_{};
};

}  // namespace wm
