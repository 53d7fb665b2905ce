#include "supervisor/run/suspension_watch.h"

#include <fmt/format.h>

#include "supervisor/event/active_clock.h"
#include "supervisor/event/signal_queue.h"

namespace wm {

void SuspensionWatch::notice(const EventLoop::Turn& turn) {
  const auto ordinary = 3 * tick_ / 2;
  if (turn.waited < ordinary && turn.busy < ordinary) return;
  const auto pause = suspended_for(turn.waited, tick_, turn.busy, SignalQueue::was_continued());
  if (pause == std::chrono::nanoseconds(0)) return;
  loop_.restart_busy();
  ActiveClock::leave_out(pause);
  dispatcher_.note_suspension(pause);
  log_.log(LogLevel::info, fmt::format("stood still for {:.1f} s, which counts for no file",
                                       std::chrono::duration<double>(pause).count()));
}

}  // namespace wm
