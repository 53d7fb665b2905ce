#pragma once

// Which samples of a run are kept: first at short intervals, then one a second, and whenever there are
// `most_samples_of_run`, every second one is dropped and the interval doubles. Pure: the caller has the clock
// and the samples, which are known here by their times.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wm {

inline constexpr std::size_t most_samples_of_run = 1024;
/// Of all earlier runs together.
inline constexpr std::size_t most_earlier_samples = 976;

class SampleSeries {
 public:
  /// Times are milliseconds since the run began.
  [[nodiscard]] bool is_due(std::int64_t elapsed_ms) const;
  /// A sample of this time is kept. Returns the times of those to be dropped: also those of later times,
  /// since the clock goes back when it turns out that the supervisor was suspended.
  [[nodiscard]] std::vector<std::int64_t> add(std::int64_t elapsed_ms);

 private:
  std::vector<std::int64_t> kept_;  // ascending
  std::int64_t interval_ms_ = 1000;
};

struct SampleCount {
  std::int64_t run = 0;
  std::size_t samples = 0;
};

/// A run whose samples are thinned.
struct Thinning {
  std::int64_t run = 0;
  /// Every so many samples one is kept, the last one among them; 0: none is.
  std::size_t keep_every = 0;
};

/// What to thin so that `runs` have at most `most` samples together: always the run with the most, the oldest
/// of several.
[[nodiscard]] std::vector<Thinning> thin_out(std::span<const SampleCount> runs, std::size_t most);

}  // namespace wm
