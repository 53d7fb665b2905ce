#pragma once

// Syncs outputs in parallel with the journal's thread: it may take seconds, and starts must still be recorded
// meanwhile.

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wm {

class SyncThread {
 public:
  /// `on_done` is called on the sync thread.
  explicit SyncThread(std::function<void()> on_done);
  ~SyncThread();
  SyncThread(const SyncThread&) = delete;
  SyncThread& operator=(const SyncThread&) = delete;

  /// Begins a sync of everything written so far: sync_file_systems(). Not while one is running.
  void begin(std::vector<int> descriptors);
  [[nodiscard]] bool running() const;
  [[nodiscard]] bool has_failed() const;
  /// Throws what the last sync has thrown.
  void require() const;

 private:
  enum class State : std::uint8_t { idle, wanted, running };
  void run();

  std::function<void()> on_done_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::idle;
  bool stopping_ = false;
  std::vector<int> descriptors_;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace wm
