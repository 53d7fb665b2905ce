#include "supervisor/ownership/owner_watchdog.h"

#include <utility>

namespace wm {

OwnerWatchdog::OwnerWatchdog(const OwnerTimes& times, const std::atomic<std::uint64_t>& touches,
                             OnSilence on_silence)
    : thread_(
          [this, times, &touches, on_silence = std::move(on_silence)] { run(times, touches, on_silence); }) {}

OwnerWatchdog::~OwnerWatchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void OwnerWatchdog::run(const OwnerTimes& times, const std::atomic<std::uint64_t>& touches,
                        const OnSilence& on_silence) {
  const auto pause = times.touch / 10;
  SilenceCounter counter((times.trust + times.touch) / pause);
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, pause, [this] { return ending_; })) {
    if (!counter.look(touches.load())) continue;
    lock.unlock();
    return on_silence();
  }
}

}  // namespace wm
