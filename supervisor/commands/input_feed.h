#pragma once

// The scan on a thread of its own, feeding the journal's queue.

#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include "supervisor/input/input_scan.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/log/log_collector.h"

namespace wm {

class InputFeed {
 public:
  /// Starts to scan. `journal` and `log` must outlive the feed, and journal.close() be called before the
  /// feed is destroyed early.
  InputFeed(InputScan scan, JournalThread& journal, LogCollector& log);
  ~InputFeed();
  InputFeed(const InputFeed&) = delete;
  InputFeed& operator=(const InputFeed&) = delete;

  [[nodiscard]] std::uint64_t found() const noexcept { return found_.load(std::memory_order_relaxed); }
  /// None while the scan runs.
  [[nodiscard]] std::optional<ScanTotals> totals() const;

 private:
  InputScan scan_;
  JournalThread& journal_;
  LogCollector& log_;
  std::atomic<std::uint64_t> found_{0};
  ScanTotals totals_;
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

}  // namespace wm
