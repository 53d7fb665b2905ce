#pragma once

// Notices that this process, and its workers with it, stood still: stopped by Ctrl-Z, or frozen. That time
// counts for no file. Main thread.

#include <chrono>

#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/log/log_collector.h"

namespace wm {

class SuspensionWatch {
 public:
  /// Borrows all. `tick`: a timer ends each wait of the loop after so long.
  SuspensionWatch(EventLoop& loop, Dispatcher& dispatcher, LogCollector& log, std::chrono::milliseconds tick)
      : loop_(loop), dispatcher_(dispatcher), log_(log), tick_(tick) {}

  /// After each wait of the loop.
  void notice(const EventLoop::Turn& turn);
  /// Before results are taken, which may count such a time: it may lie between two waits.
  void notice_before_results() { notice({.busy = loop_.busy()}); }

 private:
  EventLoop& loop_;
  Dispatcher& dispatcher_;
  LogCollector& log_;
  std::chrono::milliseconds tick_;
};

}  // namespace wm
