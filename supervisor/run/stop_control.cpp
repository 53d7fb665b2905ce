#include "supervisor/run/stop_control.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/run/stop_answer.h"
#include "supervisor/text/console.h"

namespace wm {

using Clock = RunState::Clock;

void StopControl::on_signal(int signal) {
  if (signal == SIGHUP) return parts_.log.reopen();
  if (signal == SIGCONT) return;  // see SuspensionWatch
  if (signal == SIGTSTP) {
    remove_status_line();  // the shell writes there now
    return parts_.suspension.suspend();
  }
  const bool at_once = signal == SIGQUIT;
  if ((signal == SIGINT || at_once) && parts_.debugging.debugger_has_terminal) return;
  if (signal == SIGUSR1) return parts_.log.log(LogLevel::info, parts_.progress.line());
  RunState& state = parts_.state;
  const auto now = Clock::now();
  if (!state.take_stop_signal(signal, now)) return;
  if (!state.stopping()) {
    state.request_stop({.exit_code = 128 + signal,
                        .reason = fmt::format("stopped by SIG{}", ::sigabbrev_np(signal)),
                        .grace = at_once ? Clock::duration{} : Clock::duration(settings_.run.grace)},
                       now);
  } else if (state.stop_signals() > 1 || at_once) {
    state.shorten_grace(now);
    parts_.pool.kill_all(KillReason::stop);
    if (state.stop_signals() <= 2) answer(signal, {});
  } else {  // --halt soon waits for files in progress; now they get the usual grace
    state.shorten_grace(now + settings_.run.grace);
    answer(signal, settings_.run.grace);
  }
}

void StopControl::carry_out() {
  const RunState::Stop* const stop = parts_.state.take_stop_request(parts_.feed.totals().has_value());
  if (stop == nullptr) return;
  const bool give_up = stop->grace <= Clock::duration{};
  parts_.log.log(stop->exit_code == exit_halted ? LogLevel::critical : LogLevel::warning,
                 fmt::format("{}; {}", stop->reason,
                             give_up ? "files in progress are given up" : "files in progress are finished"),
                 parts_.log.fields([] { return LogFields{.event = LoggedEvent::run_stopping}; }));
  parts_.feed.end();
  parts_.pool.stop_starting();
  parts_.supply.withdraw();
  if (give_up) parts_.pool.kill_all(KillReason::stop);
  if (stop->exit_code > 128) answer(stop->exit_code - 128, stop->grace);
}

/// A user who stops the run learns at once what happens now.
void StopControl::answer(int signal, Clock::duration grace) {
  if (settings_.progress == ProgressMode::json) return parts_.status.hurry();
  complain_if_possible(stop_answer({.signal = signal,
                                    .on_terminal = ::isatty(STDERR_FILENO) == 1,
                                    .in_progress = parts_.dispatcher.in_work(Clock::now()).size(),
                                    .grace = std::chrono::duration_cast<std::chrono::milliseconds>(grace)}),
                       JournalPriority::notice);
}

}  // namespace wm
