#pragma once

// Decides when a worker has grown so much that it should be replaced by a new one. Pure.

#include <algorithm>
#include <cstdint>
#include <optional>

namespace wm {

/// Checks a worker's size now and then. The size may be measured in the middle of a large picture, so one
/// measurement proves nothing: the smallest of a few in a row must exceed the worker's initial size.
class GrowthPolicy {
 public:
  static constexpr unsigned tasks_between_looks = 50;
  static constexpr unsigned looks = 4;

  /// A new worker.
  void begin_life() noexcept {
    tasks_ = 0;
    seen_ = 0;
    baseline_.reset();
  }
  /// After each of its tasks. True: measure its size and call grown().
  [[nodiscard]] bool is_due() noexcept { return ++tasks_ % tasks_between_looks == 0; }
  /// Whether the worker should be replaced.
  [[nodiscard]] bool grown(std::uint64_t bytes, std::uint64_t limit) noexcept {
    smallest_ = seen_ == 0 ? bytes : std::min(smallest_, bytes);
    if (++seen_ < looks) return false;
    seen_ = 0;
    if (!baseline_) baseline_ = smallest_;
    return smallest_ > *baseline_ + limit;
  }

 private:
  std::uint64_t tasks_ = 0;
  unsigned seen_ = 0;
  std::uint64_t smallest_ = 0;
  std::optional<std::uint64_t> baseline_;
};

}  // namespace wm
