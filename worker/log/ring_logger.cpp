#include "worker/log/ring_logger.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "common/kill_point/kill_point.h"
#include "common/os/realtime.h"
#include "worker/crash/recorder.h"

namespace wm {
namespace {

constexpr int space_recheck_ms = 250;  // wake-ups are hints: a lost one costs this much, never progress

}  // namespace

RingLogger::RingLogger(const MappedSegment& segment, WorkerIndex worker, LogLevel threshold, WakeUps wake_ups)
    : ring_(segment.log_ring(worker)),
      collector_waiting_(&segment.header().collector_waiting),
      threshold_(threshold),
      wake_ups_(wake_ups) {}

void RingLogger::log(LogLevel level, std::string_view message) noexcept {
  if (!enabled(level)) return;
  const std::lock_guard lock(mutex_);
  if (level < LogLevel::warning || prefix_bytes_ == 0) return append(level, message);
  try {
    text_.resize(prefix_bytes_);
    text_.append(message);
    append(level, text_);
  } catch (const std::bad_alloc&) {
    append(level, message);
  }
}

void RingLogger::begin_task(std::uint64_t task, std::string_view input) {
  const std::lock_guard lock(mutex_);
  task_ = task;
  text_.assign(input).append(": ");
  prefix_bytes_ = text_.size();
}

void RingLogger::end_task() noexcept {
  const std::lock_guard lock(mutex_);
  task_ = 0;
  prefix_bytes_ = 0;
}

void RingLogger::append(LogLevel level, std::string_view message) noexcept {
  LogRingHeader& header = ring_.header();
  const std::size_t reserve = level == LogLevel::debug   ? ring_.capacity() / 4
                              : level >= LogLevel::error ? 0
                                                         : ring_.capacity() / 10;
  crash::keep_log_line(realtime_ns(), level, task_, message);
  while (!ring_.append(sequence_ + 1, realtime_ns(), level, task_, message, reserve)) {
    if (level == LogLevel::debug) {
      header.dropped.fetch_add(1, std::memory_order_relaxed);
      kill_point(KillPoint::log_dropped);
      return;
    }
    if (!wait_for_room(LogRing::bytes_for(std::min(message.size(), max_log_text)) + reserve)) return;
  }
  note_published_records(++sequence_);
  kill_point(KillPoint::log_published);
  if (collector_waiting_->exchange(0, std::memory_order_seq_cst) != 0) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_ups_.log_fd, &one, sizeof one);
  }
  kill_point(KillPoint::log_notified);
}

bool RingLogger::wait_for_room(std::size_t needed) const noexcept {
  LogRingHeader& header = ring_.header();
  header.producer_waiting.store(1, std::memory_order_seq_cst);
  kill_point(KillPoint::log_wait_begun);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the collector first reads, and then checks the flag
  if (ring_.free_bytes() < needed) {
    pollfd watched[] = {{wake_ups_.space_fd, POLLIN, 0}, {wake_ups_.lifeline_fd, 0, 0}};
    ::poll(watched, 2, space_recheck_ms);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(wake_ups_.space_fd, &count, sizeof count);
    if ((watched[1].revents & (POLLHUP | POLLERR)) != 0) return false;
  }
  header.producer_waiting.store(0, std::memory_order_relaxed);
  kill_point(KillPoint::log_wait_ended);
  return true;
}

}  // namespace wm
