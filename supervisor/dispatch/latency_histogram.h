#pragma once

// Counts durations in buckets whose width is 1/16 of their value, so that a quantile is accurate to about 3 %
// and memory does not grow with the number of values. Sizes in bytes are counted in the same way. One thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace wm {

class LatencyHistogram {
 public:
  struct Bucket {
    std::uint64_t from = 0;   // the smallest value that belongs here
    std::uint64_t count = 0;  // of its values
    std::uint64_t total = 0;  // their sum
  };

  void add(std::uint64_t nanoseconds) noexcept {
    add({.from = nanoseconds, .count = 1, .total = nanoseconds});
  }
  /// Many values at once.
  void add(const Bucket& values) noexcept {
    Tally& tally = buckets_[bucket_of(values.from)];
    tally.count += values.count;
    tally.total += values.total;
    count_ += values.count;
    total_ += values.total;
  }
  void add(const LatencyHistogram& other) noexcept {
    other.for_each_bucket([this](const Bucket& bucket) { add(bucket); });
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] double total_s() const noexcept { return static_cast<double>(total_) / 1e9; }
  /// How many values are at most `seconds`, to the accuracy of a bucket: its values count as its middle.
  [[nodiscard]] std::uint64_t count_up_to_s(double seconds) const noexcept {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size() && middle_of(i) / 1e9 <= seconds; ++i)
      seen += buckets_[i].count;
    return seen;
  }
  [[nodiscard]] double mean_s() const noexcept {
    return count_ == 0 ? 0 : total_s() / static_cast<double>(count_);
  }
  /// The smallest value that at least `fraction` (0..1) of the values do not exceed, as the middle of its
  /// bucket; 0 without values.
  [[nodiscard]] double quantile(double fraction) const noexcept {
    const double wanted = fraction * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i].count;
      if (buckets_[i].count > 0 && static_cast<double>(seen) >= wanted) return middle_of(i);
    }
    return 0;
  }
  /// The same in seconds.
  [[nodiscard]] double quantile_s(double fraction) const noexcept { return quantile(fraction) / 1e9; }

  /// Those that have values, in ascending order.
  template <class Visit>
  void for_each_bucket(const Visit& visit) const {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i].count == 0) continue;
      visit(Bucket{.from = first_of(i), .count = buckets_[i].count, .total = buckets_[i].total});
    }
  }

 private:
  struct Tally {
    std::uint64_t count = 0, total = 0;
  };
  // Values below 16 have a bucket each; above, a power of two is divided into 16.
  static constexpr unsigned steps_bits = 4;
  static constexpr std::size_t steps = 1U << steps_bits;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < steps) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - steps_bits;
    return (shift + 1) * steps + ((value >> shift) - steps);
  }
  [[nodiscard]] static std::uint64_t first_of(std::size_t bucket) noexcept {
    if (bucket < steps) return bucket;
    return std::uint64_t{bucket % steps + steps} << (bucket / steps - 1);
  }
  [[nodiscard]] static double middle_of(std::size_t bucket) noexcept {
    if (bucket < steps) return static_cast<double>(bucket);
    const std::size_t shift = bucket / steps - 1;
    const auto width = static_cast<double>(std::uint64_t{1} << shift);
    return (static_cast<double>(bucket % steps + steps) + 0.5) * width;
  }

  std::array<Tally, (64 - steps_bits + 1) * steps> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace wm
