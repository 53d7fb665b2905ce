#pragma once

// Runs syncfs() in parallel with the journal's thread: it may take seconds, and starts must still be recorded
// meanwhile.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace wm {

class SyncThread {
 public:
  /// `fd` is on the filesystem to be synced and is borrowed. `on_done` is called on the sync thread.
  SyncThread(int fd, std::function<void()> on_done);
  ~SyncThread();
  SyncThread(const SyncThread&) = delete;
  SyncThread& operator=(const SyncThread&) = delete;

  /// Begins a sync of everything written so far. Not while one is running.
  void begin();
  [[nodiscard]] bool running() const;
  /// errno of the last sync, 0 when it succeeded.
  [[nodiscard]] int error() const;

 private:
  enum class State : std::uint8_t { idle, wanted, running };
  void run();

  int fd_;
  std::function<void()> on_done_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::idle;
  bool stopping_ = false;
  int error_ = 0;
  std::thread thread_;
};

}  // namespace wm
