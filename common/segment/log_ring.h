#pragma once

// One worker's log ring: a ring of bytes with one producer (the worker) and one consumer (the collector). The
// producer copies a record and then publishes it with one release store of the tail, so each record is either
// complete or absent, wherever the producer is killed. Format: docs/shared_memory_format.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/job/log_level.h"
#include "common/segment/layout.h"

namespace wm {

struct LogRecord {
  std::uint64_t sequence = 0;  // 1, 2, 3, … in each life of a worker
  std::int64_t time_ns = 0;    // CLOCK_REALTIME
  LogLevel level{};
  std::uint64_t task = 0;  // 0: none
  std::string text;        // bytes, at most max_log_text
};

inline constexpr std::size_t max_log_text = std::size_t{16} * 1024;

class LogRing {
 public:
  LogRing(LogRingHeader& header, std::span<std::byte> ring) : header_(&header), ring_(ring) {}

  [[nodiscard]] LogRingHeader& header() const noexcept { return *header_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return ring_.size(); }
  /// Bytes that a record with such a text takes in the ring.
  [[nodiscard]] static std::size_t bytes_for(std::size_t text_bytes) noexcept;

  // ---- the producer, one thread at a time ----

  [[nodiscard]] std::size_t free_bytes() const noexcept;
  /// The producer is waiting for room, and less than a quarter of the ring is free. Any process.
  [[nodiscard]] bool is_blocked() const noexcept {
    return header_->producer_waiting.load(std::memory_order_relaxed) != 0 && free_bytes() < ring_.size() / 4;
  }
  /// Appends the record unless that would leave less than `reserve` bytes free. Longer texts are cut.
  [[nodiscard]] bool append(std::uint64_t sequence, std::int64_t time_ns, LogLevel level, std::uint64_t task,
                            std::string_view text, std::size_t reserve) noexcept;

  // ---- the consumer, one thread ----

  enum class ReadStatus : std::uint8_t { record, empty, damaged };
  /// Reads the next record. `damaged`: the ring does not contain a valid record there; everything up to the
  /// tail was skipped.
  [[nodiscard]] ReadStatus read(LogRecord& record);
  [[nodiscard]] bool empty() const noexcept;

 private:
  void copy_in(std::uint64_t position, std::span<const std::byte> bytes) noexcept;
  void copy_out(std::uint64_t position, std::span<std::byte> bytes) const noexcept;

  LogRingHeader* header_;
  std::span<std::byte> ring_;  // its size is a power of two
};

}  // namespace wm
