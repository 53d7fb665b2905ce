#include "supervisor/run/shutdown.h"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto scan_limit = 10s;
constexpr auto report_limit = 60s;
constexpr auto report_limit_after_signal = 5s;
constexpr auto journal_patience = 5s;
constexpr auto journal_limit_after_signal = 20s;  // a busy disk needs some seconds, too

}  // namespace

void Shutdown::end_workers() {
  parts_.feed.end();
  parts_.pool.notice_phases();
  parts_.pool.stop_starting();
  parts_.log.shorten_patience();  // crash reports wait for the last words of dead workers
  parts_.segment.header().stopping.store(1, std::memory_order_seq_cst);
  parts_.launcher.ready().post(parts_.pool.size());
  kill_point(KillPoint::shutdown_notified);
  auto deadline = Clock::now() + exit_limit_;
  while (parts_.pool.alive() > 0 || parts_.pool.draining() > 0) {
    if (Clock::now() >= deadline) {
      if (parts_.pool.alive() == 0) break;  // the dead workers' remaining output cannot be written
      parts_.pool.kill_all(KillReason::stop);
      deadline += usual_exit_limit;
    }
    parts_.loop.wait(50ms);
  }
}

void Shutdown::abandon(const std::string& why) {
  parts_.pool.kill_all(KillReason::stop);
  const auto deadline = std::chrono::steady_clock::now() + usual_exit_limit;
  while (parts_.pool.alive() > 0 && std::chrono::steady_clock::now() < deadline) {
    parts_.loop.wait(50ms);
  }
  complain(why);
  std::_Exit(exit_try_again);
}

void Shutdown::abandon_at_once(const std::string& why) {
  parts_.pool.kill_all_and_halt();
  if (const int exit_code = closed_with_; exit_code != not_closed) std::_Exit(exit_code);
  try {
    std::packaged_task<void()> say([why] { complain(why); });
    const std::future<void> said = say.get_future();
    std::thread(std::move(say)).detach();
    said.wait_for(usual_exit_limit);
  } catch (const std::exception&) {
    // No room for a thread: nobody is told.
  }
  std::_Exit(exit_try_again);
}

std::string silent_server_words(const std::string& job_directory, const OwnerTimes& times) {
  // The touch that hangs has begun at most one pause after the last one.
  return fmt::format(
      "this run gives up the job in {}: its file server has not answered for {} to {} s. The run ends "
      "without closing anything; what it finished and did not record is found out by the next run",
      shown_path(job_directory), std::chrono::ceil<std::chrono::seconds>(times.trust).count(),
      std::chrono::ceil<std::chrono::seconds>(times.trust + times.touch).count());
}

void Shutdown::await_scan() {
  const unsigned signals = parts_.state.stop_signals();
  const auto deadline = Clock::now() + scan_limit;
  while (!parts_.feed.totals() && parts_.state.stop_signals() == signals && Clock::now() < deadline)
    parts_.loop.wait(1ms);
}

void Shutdown::await_reports() {
  const unsigned signals = parts_.state.stop_signals();
  const auto no_more_signals = [&] { return parts_.state.stop_signals() == signals; };
  const auto deadline = Clock::now() + (signals > 0 ? report_limit_after_signal : report_limit);
  while (!parts_.crashes.wait_until_idle(50ms) && no_more_signals() && Clock::now() < deadline)
    parts_.loop.wait(0ms);
  parts_.crashes.finish(0ms);
  while (!parts_.quarantine_directory.is_idle() && no_more_signals() &&
         (signals == 0 || Clock::now() < deadline)) {
    parts_.loop.wait(50ms);
  }
  parts_.quarantine_directory.finish();
}

bool Shutdown::await_journal() {
  const unsigned signals = parts_.state.stop_signals();
  const auto began = Clock::now();
  bool told = false;
  parts_.journal.finish();
  while (!parts_.journal.has_finished()) {
    parts_.loop.wait(50ms);
    const auto waited = Clock::now() - began;
    const bool over = signals > 0 && waited >= journal_limit_after_signal;
    if (over || parts_.state.stop_signals() != signals) return parts_.journal.has_finished();
    if (told || waited < journal_patience) continue;
    told = true;
    const std::string words =
        "waiting until the last outputs are on the disk; a signal ends the run without that";
    parts_.log.log(LogLevel::warning, words);
    complain_if_possible(words, JournalPriority::warning);
  }
  return true;
}

}  // namespace wm
