#pragma once

// Schedules the snapshots and the kill of an overdue worker: a first snapshot; once that is answered, one
// second in which the worker is left undisturbed, to distinguish spinning from waiting; a second snapshot,
// and time for its answer. Pure: the caller passes the time.

#include <chrono>
#include <cstdint>

#include "supervisor/event/active_clock.h"

namespace wm {

class HangWatch {
 public:
  using Clock = ActiveClock;
  enum class Step : std::uint8_t { wait, first_snapshot, begin_interval, second_snapshot, kill };

  static constexpr auto interval = std::chrono::seconds(1);
  /// For a worker that may only lack a CPU.
  static constexpr auto answer_patience = std::chrono::seconds(2);
  /// For one that must be killed at once, or has already left a snapshot unanswered.
  static constexpr auto short_patience = std::chrono::milliseconds(250);

  /// The next step for the task of this ticket, whose time is up. `snapshots`: how many are worth the time; 1
  /// when the worker must be killed at once. `answered`: the snapshot requested last is complete.
  [[nodiscard]] Step next(std::uint64_t ticket, Clock::time_point now, unsigned snapshots, bool answered) {
    if (ticket != ticket_) {
      *this = {};
      ticket_ = ticket;
      return enter(Phase::first_snapshot, now, Step::first_snapshot);
    }
    const auto waited = now - since_;
    if (snapshots < 2) return answered || waited >= short_patience ? Step::kill : Step::wait;
    switch (phase_) {
      case Phase::first_snapshot:
        if (!answered && waited < answer_patience) return Step::wait;
        answers_ = answered;
        return enter(Phase::interval, now, Step::begin_interval);
      case Phase::interval:
        return waited < interval ? Step::wait : enter(Phase::second_snapshot, now, Step::second_snapshot);
      case Phase::second_snapshot:
        break;
    }
    return answered || waited >= (answers_ ? answer_patience : short_patience) ? Step::kill : Step::wait;
  }

  /// The number of snapshots requested for this ticket.
  [[nodiscard]] unsigned snapshots(std::uint64_t ticket) const noexcept {
    return ticket != ticket_ || ticket == 0 ? 0 : phase_ == Phase::second_snapshot ? 2 : 1;
  }
  /// The worker's life ended.
  void forget() noexcept { *this = {}; }

 private:
  enum class Phase : std::uint8_t { first_snapshot, interval, second_snapshot };

  Step enter(Phase phase, Clock::time_point now, Step step) {
    phase_ = phase;
    since_ = now;
    return step;
  }

  std::uint64_t ticket_ = 0;  // 0: none
  Phase phase_ = Phase::first_snapshot;
  bool answers_ = false;  // whether the first snapshot was answered
  Clock::time_point since_{};
};

}  // namespace wm
