#pragma once

// Decides when a dead worker is started again, and when the job is given up. Pure: the caller passes the
// events.

#include <chrono>
#include <cstdint>
#include <optional>

namespace wm {

/// The conclusion from a worker's death about the workers.
enum class DeathBlame : std::uint8_t {
  picture,  // none: it had a task in hand, or was killed because of one
  damage,   // none: it was killed because the shared memory is damaged
  outside,  // none, but somebody kills workers: a SIGKILL that we did not send, while it had no task
  worker,   // it cannot live: it died during start-up or between two files
};

/// Pictures that kill their workers are tried and quarantined one by one, however many of them follow each
/// other; they cause neither a pause nor the end of the job. Only deaths of workers without a task are
/// counted, as long as no task ends in between. As many deaths as there are workers make one round: the first
/// round costs nothing, then each round doubles the pause, starting at 0.1 s; when it would exceed 300 times
/// the first one, the job stops.
class RestartPolicy {
 public:
  using Duration = std::chrono::milliseconds;
  static constexpr Duration usual_first_pause{100};
  static constexpr int longest_pause = 300;  // in units of the first pause
  static constexpr unsigned outside_kills_per_worker = 200;

  explicit RestartPolicy(unsigned workers, Duration first_pause = usual_first_pause)
      : workers_(workers == 0 ? 1 : workers), first_pause_(first_pause) {}

  /// A task came back with an outcome, good or bad.
  void on_success() noexcept { deaths_ = outside_kills_ = 0; }

  /// The pause before the worker that just died is started again; none: stop the job.
  [[nodiscard]] std::optional<Duration> on_death(DeathBlame blame) noexcept {
    switch (blame) {
      case DeathBlame::picture:
      case DeathBlame::damage:
        return Duration{0};
      case DeathBlame::outside:
        // A pause would leave fewer workers to make progress between two kills. Only kills that prevent all
        // progress end the job.
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
