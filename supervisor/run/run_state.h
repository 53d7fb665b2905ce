#pragma once

// How far a run has come, and why it ends early if it does. Passive: a part that finds a reason to stop
// requests the stop here, and the run's owner carries it out. The caller passes the time. Main thread.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "supervisor/event/active_clock.h"

namespace wm {

class RunState {
 public:
  using Clock = ActiveClock;

  enum class Phase : std::uint8_t {
    starting,    // no worker has accepted the recipe yet
    running,     // tasks are handed out
    stopping,    // no more are handed out; those in progress may finish until the deadline
    concluding,  // nothing is in progress any more: deaths of workers need no answer
  };

  struct Stop {
    int exit_code = 0;
    std::string reason;
    Clock::duration grace{};  // for files in progress; zero: they are abandoned
    std::string advice;       // what to do before running the same command again; may be empty
  };

  explicit RunState(Clock::time_point now) : began_(now) {}

  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  [[nodiscard]] bool stopping() const noexcept { return phase_ >= Phase::stopping; }

  // ---- transitions ----

  void worker_is_ready(Clock::time_point at) {
    if (!first_ready_) first_ready_ = at;
    if (phase_ == Phase::starting) phase_ = Phase::running;
  }
  /// The first request counts; later ones change nothing.
  void request_stop(Stop stop, Clock::time_point now) {
    if (stopping()) return;
    phase_ = Phase::stopping;
    deadline_ = now + stop.grace;
    stop_ = std::move(stop);
  }
  /// Files in progress have until `deadline` at most.
  void shorten_grace(Clock::time_point deadline) { deadline_ = std::min(deadline_, deadline); }
  void conclude() noexcept { phase_ = Phase::concluding; }

  /// A stop that was requested since the last call, for the owner to carry out. Null when there is none.
  /// `all_inputs_found`: the scan has ended.
  [[nodiscard]] const Stop* take_stop_request(bool all_inputs_found) {
    if (!stop_ || std::exchange(carried_out_, true)) return nullptr;
    all_inputs_were_found_ = all_inputs_found;
    return &*stop_;
  }

  // ---- facts ----

  /// A stop is requested and not carried out yet.
  [[nodiscard]] bool stop_is_requested() const noexcept { return stop_ && !carried_out_; }
  [[nodiscard]] const std::optional<Stop>& stop() const noexcept { return stop_; }
  [[nodiscard]] bool grace_is_over(Clock::time_point now) const noexcept { return stop_ && now >= deadline_; }
  /// The scan had ended when the stop was carried out.
  [[nodiscard]] bool all_inputs_were_found() const noexcept { return all_inputs_were_found_; }
  /// Directories, journal and log are open.
  [[nodiscard]] bool job_is_open() const noexcept { return job_is_open_; }
  void note_job_opened() noexcept { job_is_open_ = true; }
  /// How many signals have asked for a stop so far.
  [[nodiscard]] unsigned stop_signals() const noexcept { return stop_signals_; }
  /// Whether the signal counts. A SIGTERM soon after another one is the same request: engines send it to
  /// every process of a job, and their launchers pass on their own one. Ctrl-C counts each time.
  [[nodiscard]] bool take_stop_signal(int signal, Clock::time_point now) noexcept {
    if (signal == SIGTERM) {
      if (last_sigterm_ && now - *last_sigterm_ < one_request) return false;
      last_sigterm_ = now;
    }
    ++stop_signals_;
    return true;
  }

  void note_handed_out(Clock::time_point now) noexcept { last_handed_out_ = now; }
  void note_outcome(Clock::time_point now) noexcept { last_outcome_ = now; }

  [[nodiscard]] Clock::time_point began() const noexcept { return began_; }
  [[nodiscard]] bool worker_was_ready() const noexcept { return first_ready_.has_value(); }
  [[nodiscard]] std::optional<Clock::time_point> first_ready() const noexcept { return first_ready_; }
  [[nodiscard]] std::optional<Clock::time_point> last_handed_out() const noexcept { return last_handed_out_; }
  [[nodiscard]] std::optional<Clock::time_point> last_outcome() const noexcept { return last_outcome_; }

 private:
  static constexpr std::chrono::seconds one_request{2};

  Phase phase_ = Phase::starting;
  std::optional<Stop> stop_;
  Clock::time_point deadline_{};
  bool carried_out_ = false;
  bool all_inputs_were_found_ = false;
  bool job_is_open_ = false;
  unsigned stop_signals_ = 0;
  std::optional<Clock::time_point> last_sigterm_;  // that counted
  Clock::time_point began_;
  std::optional<Clock::time_point> first_ready_, last_handed_out_, last_outcome_;
};

}  // namespace wm
