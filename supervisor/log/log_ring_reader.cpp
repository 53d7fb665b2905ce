#include "supervisor/log/log_ring_reader.h"

#include <utility>

#include <fmt/format.h>

namespace wm {

std::size_t LogRingReader::read(std::size_t limit, const OnEvent& on_event) {
  const auto complain = [&](std::string message) {
    on_event(log_event(worker_, LogLevel::critical, std::move(message)));
  };
  std::size_t count = 0;
  LogRecord record;
  while (count < limit) {
    const auto status = ring_.read(record);
    if (status == LogRing::ReadStatus::empty) break;
    ++count;
    if (status == LogRing::ReadStatus::damaged) {
      complain("its log ring is damaged; the records in it are lost");
      next_sequence_ = 0;
      continue;
    }
    if (next_sequence_ != 0 && record.sequence != next_sequence_) {
      complain(fmt::format("log records {} to {} are missing", next_sequence_, record.sequence - 1));
    }
    next_sequence_ = record.sequence + 1;
    on_event({.time_ns = record.time_ns,
              .worker = worker_,
              .level = record.level,
              .message = std::move(record.text),
              .sequence = record.sequence,
              .task = record.task,
              .fields = {}});
  }
  if (count > 0 && ring_.header().producer_waiting.exchange(0, std::memory_order_seq_cst) != 0)
    space_->post();
  return count;
}

std::uint64_t LogRingReader::take_dropped() noexcept {
  const std::uint64_t total = ring_.header().dropped.load(std::memory_order_relaxed);
  const std::uint64_t fresh = total - dropped_seen_;
  dropped_seen_ = total;
  constexpr std::uint64_t more_than_anyone_drops = std::uint64_t{1} << 40;
  return fresh < more_than_anyone_drops ? fresh : 0;  // otherwise the counter was overwritten
}

}  // namespace wm
