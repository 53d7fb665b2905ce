#pragma once

// Counts durations in buckets whose width is 1/16 of their value, so that a quantile is accurate to about 3 %
// and memory does not grow with the number of values. One thread.

#include <array>
#include <bit>
#include <cstdint>

namespace wm {

class LatencyHistogram {
 public:
  void add(std::uint64_t nanoseconds) noexcept {
    ++buckets_[bucket_of(nanoseconds)];
    ++count_;
    total_ += nanoseconds;
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] double total_s() const noexcept { return static_cast<double>(total_) / 1e9; }
  [[nodiscard]] double mean_s() const noexcept {
    return count_ == 0 ? 0 : total_s() / static_cast<double>(count_);
  }
  /// The smallest duration that at least `fraction` (0..1) of the values do not exceed, in seconds, as the
  /// middle of its bucket; 0 without values.
  [[nodiscard]] double quantile_s(double fraction) const noexcept {
    const double wanted = fraction * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (buckets_[i] > 0 && static_cast<double>(seen) >= wanted) return middle_of(i) / 1e9;
    }
    return 0;
  }

 private:
  // Values below 16 have a bucket each; above, a power of two is divided into 16.
  static constexpr unsigned steps_bits = 4;
  static constexpr std::size_t steps = 1U << steps_bits;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < steps) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - steps_bits;
    return (shift + 1) * steps + ((value >> shift) - steps);
  }
  [[nodiscard]] static double middle_of(std::size_t bucket) noexcept {
    if (bucket < steps) return static_cast<double>(bucket);
    const std::size_t shift = bucket / steps - 1;
    const auto width = static_cast<double>(std::uint64_t{1} << shift);
    return (static_cast<double>(bucket % steps + steps) + 0.5) * width;
  }

  std::array<std::uint64_t, (64 - steps_bits + 1) * steps> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace wm
