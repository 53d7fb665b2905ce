#pragma once

// When a worker that is overdue is looked at, and when it is killed: a first look, a second one a second
// later, so that turning in circles and waiting can be told apart, and a moment for the answer. Pure: times
// come in.

#include <chrono>
#include <cstdint>

namespace wm {

class HangWatch {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Step : std::uint8_t { wait, first_look, second_look, kill };

  static constexpr auto between_looks = std::chrono::seconds(1);
  static constexpr auto answer_patience = std::chrono::milliseconds(250);

  /// What to do about the task of this ticket, which has had its time. `looks`: how many are worth the time;
  /// 1 when the worker must go at once. `answered`: the look that was asked for last is complete.
  [[nodiscard]] Step next(std::uint64_t ticket, Clock::time_point now, unsigned looks, bool answered) {
    if (ticket != ticket_) {
      ticket_ = ticket;
      looks_ = 1;
      asked_at_ = now;
      return Step::first_look;
    }
    if (looks_ < looks) {
      if (now - asked_at_ < between_looks) return Step::wait;
      ++looks_;
      asked_at_ = now;
      return Step::second_look;
    }
    return answered || now - asked_at_ >= answer_patience ? Step::kill : Step::wait;
  }

  /// Looks that were asked for on behalf of this ticket.
  [[nodiscard]] unsigned looks(std::uint64_t ticket) const noexcept { return ticket == ticket_ ? looks_ : 0; }
  /// The worker's life ended.
  void forget() noexcept { *this = {}; }

 private:
  std::uint64_t ticket_ = 0;  // 0: none
  unsigned looks_ = 0;
  Clock::time_point asked_at_{};
};

}  // namespace wm
