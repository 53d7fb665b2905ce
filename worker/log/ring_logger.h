#pragma once

// A worker's log(): writes to its ring of the shared log queue. Back-pressure: DEBUG is dropped and counted
// when less than a quarter of the ring is free; INFO and above wait for room, but leave the last tenth to
// ERROR. May be called from any thread of the worker.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "common/os/event_fd.h"
#include "common/segment/mapped_segment.h"
#include "worker/log/logger.h"

namespace wm {

class RingLogger final : public Logger {
 public:
  struct WakeUps {
    int log_fd;       // eventfd of the collector
    int space_fd;     // eventfd of this worker
    int lifeline_fd;  // hangs up when the supervisor is gone: then nobody will make room
  };
  RingLogger(const MappedSegment& segment, WorkerIndex worker, LogLevel threshold, WakeUps wake_ups);

  void log(LogLevel level, std::string_view message) noexcept override;
  [[nodiscard]] bool enabled(LogLevel level) const noexcept override { return level >= threshold_; }

  /// Assigns the next records to `task`. Warnings and worse are prefixed with the input's path, so that they
  /// can be understood alone.
  void begin_task(std::uint64_t task, std::string_view input);
  void end_task() noexcept;

 private:
  void append(LogLevel level, std::string_view message) noexcept;
  [[nodiscard]] bool wait_for_room(std::size_t needed) const noexcept;

  std::mutex mutex_;  // private to this process and dies with it
  LogRing ring_;
  std::atomic<std::uint32_t>* collector_waiting_;
  LogLevel threshold_;
  WakeUps wake_ups_;
  std::uint64_t sequence_ = 0;
  std::uint64_t task_ = 0;
  std::string text_;              // the record being made
  std::size_t prefix_bytes_ = 0;  // length of the prepared prefix: the path of the current task's input
};

}  // namespace wm
