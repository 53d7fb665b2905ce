#pragma once

// When a worker that is overdue is looked at, and when it is killed: a first snapshot; when that is answered,
// a second in which nobody disturbs the worker, which tells spinning from waiting; a second
// snapshot, and time for the answer. Pure: times come in.

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
  /// For one that must go at once, or has left a snapshot without an answer already.
  static constexpr auto short_patience = std::chrono::milliseconds(250);

  /// What to do about the task of this ticket, which has had its time. `snapshots`: how many are worth the
  /// time; 1 when the worker must go at once. `answered`: the snapshot that was asked for last is complete.
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

  /// Looks that were asked for on behalf of this ticket.
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
  bool answers_ = false;  // the first snapshot
  Clock::time_point since_{};
};

}  // namespace wm
