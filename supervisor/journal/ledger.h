#pragma once

// Counts a run's inputs by how they ended. The counts add up: `inputs` is the sum of all but `ignored`, with
// pending().

#include <cstdint>

namespace wm {

struct Ledger {
  std::uint64_t inputs = 0;
  std::uint64_t marked = 0;
  std::uint64_t unmarked = 0;  // no mark would be visible, and --if-unmarked copies them or leaves them out
  std::uint64_t up_to_date = 0;
  std::uint64_t failed = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t ignored = 0;  // other extensions; not among the inputs

  [[nodiscard]] std::uint64_t finished() const noexcept {
    return marked + unmarked + up_to_date + failed + quarantined;
  }
  /// Inputs that the run did not reach because it stopped early.
  [[nodiscard]] std::uint64_t pending() const noexcept { return inputs - finished(); }
  bool operator==(const Ledger&) const = default;
};

}  // namespace wm
