#pragma once

// Notices when this process and its workers were suspended: stopped by Ctrl-Z, or frozen. That time counts
// for no file. Main thread.

#include <chrono>

#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/event/event_loop.h"
#include "supervisor/log/log_collector.h"

namespace wm {

class SuspensionWatch {
 public:
  /// Borrows all. `tick`: a timer ends each wait of the loop after this long.
  SuspensionWatch(EventLoop& loop, Dispatcher& dispatcher, LogCollector& log, std::chrono::milliseconds tick)
      : loop_(loop), dispatcher_(dispatcher), log_(log), tick_(tick) {}

  /// Call it after each wait of the loop.
  void notice(const EventLoop::Turn& turn);
  /// Call it before results are taken, whose times may include a suspension between two waits.
  void notice_before_results() { notice({.busy = loop_.busy()}); }
  /// Stops the process as Ctrl-Z asks. When it returns, the pause is left out of the time that handlers of
  /// later signals read.
  void suspend();

 private:
  void leave_out(std::chrono::nanoseconds pause);

  EventLoop& loop_;
  Dispatcher& dispatcher_;
  LogCollector& log_;
  std::chrono::milliseconds tick_;
};

}  // namespace wm
