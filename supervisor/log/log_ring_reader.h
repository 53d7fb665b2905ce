#pragma once

// Reads one worker's ring for the collector: takes records in order and notices gaps and drops. One thread.

#include <cstdint>
#include <functional>

#include "common/os/event_fd.h"
#include "common/segment/log_ring.h"
#include "supervisor/log/log_event.h"

namespace wm {

class LogRingReader {
 public:
  using OnEvent = std::function<void(LogEvent)>;

  /// `space` is the worker's eventfd; borrowed.
  LogRingReader(LogRing ring, WorkerIndex worker, const EventFd& space)
      : ring_(ring), worker_(worker), space_(&space) {}

  /// Hands out at most `limit` records; returns how many.
  std::size_t read(std::size_t limit, const OnEvent& on_event);
  [[nodiscard]] bool empty() const noexcept { return ring_.empty(); }
  /// A new life of the worker begins: its records are numbered from 1 again.
  void begin_life() noexcept { next_sequence_ = 1; }
  /// How many records the worker has dropped since the last call.
  [[nodiscard]] std::uint64_t take_dropped() noexcept;

 private:
  LogRing ring_;
  WorkerIndex worker_;
  const EventFd* space_;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t dropped_seen_ = 0;
};

}  // namespace wm
