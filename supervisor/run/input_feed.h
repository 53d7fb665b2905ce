#pragma once

// Runs the scan on its own thread, which feeds the journal's queue. Main thread, unless stated otherwise.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

#include "common/os/event_fd.h"
#include "supervisor/input/input_scan.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"

namespace wm {

class InputFeed {
 public:
  /// Checks the operands but starts nothing. `journal` and `log` must outlive the feed, which sets the
  /// options' `stop_fd` itself. Throws UsageError.
  InputFeed(InputScan::Options options, JournalThread& journal, LogCollector& log);
  /// Calls end() and waits for the thread.
  ~InputFeed();
  InputFeed(const InputFeed&) = delete;
  InputFeed& operator=(const InputFeed&) = delete;

  void start();
  /// No more inputs are wanted. Ends the scan even if it waits for the journal or for a list from a silent
  /// pipe.
  void end();
  /// Waits until the scan has ended. False: it takes longer, since it hangs in a file system.
  [[nodiscard]] bool wait(std::chrono::milliseconds patience) const;

  /// Any thread.
  [[nodiscard]] std::uint64_t found() const noexcept { return found_.load(std::memory_order_relaxed); }
  /// None while the scan runs. Any thread.
  [[nodiscard]] std::optional<ScanTotals> totals() const;

 private:
  void scan();

  EventFd stop_ = EventFd::create(EventFd::Kind::counter);
  InputScan scan_;
  JournalThread& journal_;
  LogCollector& log_;
  std::atomic<std::uint64_t> found_{0};
  ScanTotals totals_;
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

}  // namespace wm
