#include "supervisor/run/suspension_watch.h"

#include <fmt/format.h>

#include "supervisor/event/active_clock.h"
#include "supervisor/event/signal_queue.h"

namespace wm {

void SuspensionWatch::notice(const EventLoop::Turn& turn) {
  const auto ordinary = 3 * tick_ / 2;
  if (turn.waited < ordinary && turn.busy < ordinary) return;
  const auto pause = suspended_for(turn.waited, tick_, turn.busy, SignalQueue::was_continued());
  if (pause != std::chrono::nanoseconds(0)) leave_out(pause);
}

void SuspensionWatch::suspend() {
  const auto began = std::chrono::steady_clock::now();
  SignalQueue::suspend();
  const auto pause = std::chrono::steady_clock::now() - began;
  if (pause >= tick_) leave_out(pause);  // else there is no shell that could continue it: it was not stopped
}

void SuspensionWatch::leave_out(std::chrono::nanoseconds pause) {
  loop_.restart_busy();
  ActiveClock::leave_out(pause);
  dispatcher_.note_suspension(pause);
  log_.log(LogLevel::info, fmt::format("stood still for {:.1f} s, which counts for no file",
                                       std::chrono::duration<double>(pause).count()));
}

}  // namespace wm
