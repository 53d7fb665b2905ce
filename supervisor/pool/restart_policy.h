#pragma once

// When a dead worker is started again, and when the job is given up. A pure decision: time comes in.

#include <chrono>
#include <optional>

namespace wm {

/// Deaths are counted as long as no task succeeds in between. As many of them as there are workers make one
/// round: the first round costs nothing (a few bad files may hit all workers at once), then each round
/// doubles the pause, from 0.1 s on; when it would exceed 300 times the first one, the job stops.
class RestartPolicy {
 public:
  using Duration = std::chrono::milliseconds;
  static constexpr Duration usual_first_pause{100};
  static constexpr int longest_pause = 300;  // first pauses
  static constexpr unsigned outside_kills_per_worker = 200;

  explicit RestartPolicy(unsigned workers, Duration first_pause = usual_first_pause)
      : workers_(workers == 0 ? 1 : workers), first_pause_(first_pause) {}

  void on_success() noexcept { deaths_ = outside_kills_ = 0; }

  /// SIGKILL that we did not send says nothing of the worker, and a pause would leave fewer of them to make
  /// progress between two kills. Only a killer that lets nothing happen at all ends the job.
  [[nodiscard]] std::optional<Duration> on_outside_kill() noexcept {
    if (++outside_kills_ > outside_kills_per_worker * workers_) return std::nullopt;
    return Duration{0};
  }

  /// The pause before the worker that just died is started again; none: stop the job.
  [[nodiscard]] std::optional<Duration> on_death() noexcept {
    const unsigned round = deaths_++ / workers_;
    if (round == 0) return Duration{0};
    if (round > 20) return std::nullopt;
    const Duration pause = first_pause_ * (1U << (round - 1));
    if (pause > first_pause_ * longest_pause) return std::nullopt;
    return pause;
  }

  [[nodiscard]] unsigned deaths_without_success() const noexcept { return deaths_ + outside_kills_; }

 private:
  unsigned workers_;
  Duration first_pause_;
  unsigned deaths_ = 0;
  unsigned outside_kills_ = 0;
};

}  // namespace wm
