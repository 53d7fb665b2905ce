#include "common/segment/log_ring.h"

#include <algorithm>
#include <cstring>

#include <xxhash.h>

#include "common/kill_point/kill_point.h"

namespace wm {
namespace {

struct RecordHeader {
  std::uint32_t text_bytes;
  std::uint32_t checksum;  // lower half of XXH3-64 over the rest of the header, then the text
  std::uint64_t sequence;
  std::int64_t time_ns;
  std::uint64_t task;
  std::uint32_t level;
  std::uint32_t reserved;
};
static_assert(sizeof(RecordHeader) == 40 && std::is_trivially_copyable_v<RecordHeader>);

std::uint32_t checksum_of(const RecordHeader& header, std::span<const std::byte> text) {
  constexpr std::size_t covered = offsetof(RecordHeader, sequence);
  const auto* const bytes = reinterpret_cast<const char*>(&header);
  const std::uint64_t first =
      XXH3_64bits_withSeed(bytes + covered, sizeof header - covered, header.text_bytes);
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(text.data(), text.size(), first));
}

}  // namespace

std::size_t LogRing::bytes_for(std::size_t text_bytes) noexcept {
  return (sizeof(RecordHeader) + text_bytes + 7) & ~std::size_t{7};
}

void LogRing::copy_in(std::uint64_t position, std::span<const std::byte> bytes) noexcept {
  const std::size_t start = position & (ring_.size() - 1);
  const std::size_t first = std::min(bytes.size(), ring_.size() - start);
  if (first > 0) std::memcpy(ring_.data() + start, bytes.data(), first);
  if (first < bytes.size()) std::memcpy(ring_.data(), bytes.data() + first, bytes.size() - first);
}

void LogRing::copy_out(std::uint64_t position, std::span<std::byte> bytes) const noexcept {
  const std::size_t start = position & (ring_.size() - 1);
  const std::size_t first = std::min(bytes.size(), ring_.size() - start);
  if (first > 0) std::memcpy(bytes.data(), ring_.data() + start, first);
  if (first < bytes.size()) std::memcpy(bytes.data() + first, ring_.data(), bytes.size() - first);
}

std::size_t LogRing::free_bytes() const noexcept {
  const std::uint64_t used =
      header_->tail.load(std::memory_order_relaxed) - header_->head.load(std::memory_order_acquire);
  return used > ring_.size() ? 0 : ring_.size() - used;
}

bool LogRing::append(std::uint64_t sequence, std::int64_t time_ns, LogLevel level, std::uint64_t task,
                     std::string_view text, std::size_t reserve) noexcept {
  text = text.substr(0, max_log_text);
  const std::size_t needed = bytes_for(text.size());
  if (free_bytes() < needed + reserve) return false;

  RecordHeader record{.text_bytes = static_cast<std::uint32_t>(text.size()),
                      .checksum = 0,
                      .sequence = sequence,
                      .time_ns = time_ns,
                      .task = task,
                      .level = static_cast<std::uint32_t>(level),
                      .reserved = 0};
  record.checksum = checksum_of(record, std::as_bytes(std::span(text)));
  const std::uint64_t tail = header_->tail.load(std::memory_order_relaxed);
  copy_in(tail, std::as_bytes(std::span(&record, 1)));
  kill_point(KillPoint::log_header);
  copy_in(tail + sizeof record, std::as_bytes(std::span(text)));
  kill_point(KillPoint::log_text);
  // seq_cst: the producer checks collector_waiting next; the consumer sets that first and then checks this
  // tail.
  header_->tail.store(tail + needed, std::memory_order_seq_cst);
  return true;
}

bool LogRing::empty() const noexcept {
  return header_->head.load(std::memory_order_relaxed) == header_->tail.load(std::memory_order_seq_cst);
}

LogRing::ReadStatus LogRing::read(LogRecord& record) {
  const std::uint64_t head = header_->head.load(std::memory_order_relaxed);
  const std::uint64_t tail = header_->tail.load(std::memory_order_acquire);
  const std::uint64_t available = tail - head;
  if (available == 0) return ReadStatus::empty;

  const auto damaged = [&] {
    header_->head.store(tail, std::memory_order_release);
    return ReadStatus::damaged;
  };
  RecordHeader header;
  if (available > ring_.size() || available < sizeof header) return damaged();
  copy_out(head, std::as_writable_bytes(std::span(&header, 1)));
  if (header.text_bytes > max_log_text || bytes_for(header.text_bytes) > available) return damaged();
  if (header.level >= log_level_count) return damaged();
  record.text.resize(header.text_bytes);
  copy_out(head + sizeof header, std::as_writable_bytes(std::span(record.text)));
  if (header.checksum != checksum_of(header, std::as_bytes(std::span(record.text)))) return damaged();

  record.sequence = header.sequence;
  record.time_ns = header.time_ns;
  record.level = static_cast<LogLevel>(header.level);
  record.task = header.task;
  kill_point(KillPoint::drain_copied);
  header_->head.store(head + bytes_for(header.text_bytes), std::memory_order_seq_cst);
  kill_point(KillPoint::drain_freed);
  return ReadStatus::record;
}

}  // namespace wm
