#pragma once

// Limits how much of a worker's printed output or log records gets into the log, so that a decoder that
// complains about every pixel, or a worker that somebody has taken over, fills neither log nor disk. Two
// token buckets, for lines and for bytes, are kept over all lives of a worker: a new life earns nothing.
// Pure: the caller passes the time.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace wm {

class OutputQuota {
 public:
  using Clock = std::chrono::steady_clock;

  struct Limits {
    double lines = 500;  // at once: what a sanitizer or a library prints about one picture
    double bytes = 256 << 10;
    double lines_per_second = 50;  // in the long run
    double bytes_per_second = 8 << 10;
  };
  /// How often dropped lines are reported.
  static constexpr std::chrono::seconds report_interval{10};

  explicit OutputQuota(const Limits& limits) : limits_(limits), lines_(limits.lines), bytes_(limits.bytes) {}

  /// Whether a line of `bytes` bytes that was read at `now` is kept; if not, it is counted.
  [[nodiscard]] bool admit(Clock::time_point now, std::size_t bytes) noexcept {
    if (refilled_) {
      const double seconds = std::max(0.0, std::chrono::duration<double>(now - *refilled_).count());
      lines_ = std::min(limits_.lines, lines_ + seconds * limits_.lines_per_second);
      bytes_ = std::min(limits_.bytes, bytes_ + seconds * limits_.bytes_per_second);
    }
    refilled_ = now;
    const auto size = static_cast<double>(bytes);
    if (lines_ < 1 || bytes_ < size) {
      ++dropped_;
      return false;
    }
    lines_ -= 1;
    bytes_ -= size;
    return true;
  }

  /// Fills the buckets, up to their limits.
  void earn(double lines, double bytes) noexcept {
    lines_ = std::min(limits_.lines, lines_ + lines);
    bytes_ = std::min(limits_.bytes, bytes_ + bytes);
  }

  /// How many lines were dropped since the last report, if another one is due; else 0. `at_once`: it is due.
  [[nodiscard]] std::uint64_t take_dropped(Clock::time_point now, bool at_once) noexcept {
    if (dropped_ == 0 || (!at_once && reported_ && now - *reported_ < report_interval)) return 0;
    reported_ = now;
    return std::exchange(dropped_, 0);
  }

 private:
  Limits limits_;
  double lines_;
  double bytes_;
  std::optional<Clock::time_point> refilled_;
  std::optional<Clock::time_point> reported_;
  std::uint64_t dropped_ = 0;
};

}  // namespace wm
