#pragma once

// When a dead worker is started again, and when the job is given up. A pure decision: time comes in.

#include <chrono>
#include <cstdint>
#include <optional>

namespace wm {

/// What a worker's death says of the workers.
enum class DeathBlame : std::uint8_t {
  picture,  // nothing: it had a task in hand, or was killed for one
  damage,   // nothing: it was killed because the shared memory is damaged
  outside,  // nothing, but somebody kills: SIGKILL that we did not send, while it had no task
  worker,   // it cannot live: it died while it started or between two files
};

/// Pictures that take their workers down are tried and quarantined one by one, however many of them follow
/// each other; they cost neither a pause nor the job. What is counted are deaths of workers that had nothing
/// in hand, as long as no task ends in between. As many of them as there are workers make one round: the
/// first round costs nothing, then each round doubles the pause, from 0.1 s on; when it would exceed 300
/// times the first one, the job stops.
class RestartPolicy {
 public:
  using Duration = std::chrono::milliseconds;
  static constexpr Duration usual_first_pause{100};
  static constexpr int longest_pause = 300;  // first pauses
  static constexpr unsigned outside_kills_per_worker = 200;

  explicit RestartPolicy(unsigned workers, Duration first_pause = usual_first_pause)
      : workers_(workers == 0 ? 1 : workers), first_pause_(first_pause) {}

  /// A task came back with an outcome, whatever it says of the picture.
  void on_success() noexcept { deaths_ = outside_kills_ = 0; }

  /// The pause before the worker that just died is started again; none: stop the job.
  [[nodiscard]] std::optional<Duration> on_death(DeathBlame blame) noexcept {
    switch (blame) {
      case DeathBlame::picture:
      case DeathBlame::damage:
        return Duration{0};
      case DeathBlame::outside:
        // A pause would leave fewer workers to make progress between two kills. Only a killer that lets
        // nothing happen at all ends the job.
        if (++outside_kills_ > outside_kills_per_worker * workers_) return std::nullopt;
        return Duration{0};
      case DeathBlame::worker:
        break;
    }
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
