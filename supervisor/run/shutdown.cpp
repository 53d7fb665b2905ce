#include "supervisor/run/shutdown.h"

#include <atomic>

#include "common/kill_point/kill_point.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto scan_limit = 10s;
constexpr auto report_limit = 60s;
constexpr auto report_limit_after_signal = 5s;

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

}  // namespace wm
