#pragma once

// Ends a supervisor that hangs because its file server does not answer: the thread that touches the owner's
// file waits for the server then, and so may the main thread. This thread touches no file.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "supervisor/ownership/owner_verdict.h"

namespace wm {

/// Detects that the owner's file is not touched any more. Counts looks and asks no clock: while this process
/// is stopped, or the machine suspended, nobody can touch anything. Pure.
class SilenceCounter {
 public:
  explicit SilenceCounter(std::int64_t most_looks) noexcept : most_looks_(most_looks) {}

  /// `touches`: how many there were so far; 0 is no silence yet. True: none since too many looks.
  [[nodiscard]] bool look(std::uint64_t touches) noexcept {
    silent_looks_ = touches == touches_ && touches > 0 ? silent_looks_ + 1 : 0;
    touches_ = touches;
    return silent_looks_ > most_looks_;
  }

 private:
  std::int64_t most_looks_;
  std::int64_t silent_looks_ = 0;
  std::uint64_t touches_ = 0;
};

class OwnerWatchdog {
 public:
  /// Called once, on the watchdog's thread, when there was no touch for OwnerTimes::trust and one pause
  /// between touches.
  using OnSilence = std::function<void()>;

  /// Borrows `touches`. An owner that can stop by itself has had the time for that.
  OwnerWatchdog(const OwnerTimes& times, const std::atomic<std::uint64_t>& touches, OnSilence on_silence);
  ~OwnerWatchdog();
  OwnerWatchdog(const OwnerWatchdog&) = delete;
  OwnerWatchdog& operator=(const OwnerWatchdog&) = delete;

 private:
  void run(const OwnerTimes& times, const std::atomic<std::uint64_t>& touches, const OnSilence& on_silence);

  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace wm
