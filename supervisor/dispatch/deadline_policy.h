#pragma once

// How long an attempt may take. A pure decision: the caller passes the durations.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/latency_histogram.h"

namespace wm {

class DeadlinePolicy {
 public:
  using Duration = std::chrono::nanoseconds;
  /// A percentage of the median means little before this many pictures are done; until then the default
  /// applies.
  static constexpr std::uint64_t enough = 20;
  /// A relative limit is never shorter: being a few milliseconds late is not a hang.
  static constexpr Duration shortest = std::chrono::seconds(1);

  explicit DeadlinePolicy(const Timeout& timeout) : timeout_(timeout) {}

  /// A picture was marked in that time.
  void observe(Duration elapsed) noexcept { times_.add(static_cast<std::uint64_t>(elapsed.count())); }

  /// None: no limit.
  [[nodiscard]] std::optional<Duration> limit() const noexcept {
    if (!timeout_.percent) {
      if (timeout_.time.count() == 0) return std::nullopt;
      return timeout_.time;
    }
    if (times_.count() < enough) return Timeout{}.time;
    const std::chrono::duration<double> relative(times_.quantile_s(0.5) * *timeout_.percent / 100);
    return std::max(std::chrono::duration_cast<Duration>(relative), shortest);
  }

 private:
  Timeout timeout_;
  LatencyHistogram times_;
};

}  // namespace wm
