#pragma once

// How much of a job's memory each worker may take without asking, and how much a single picture may take at
// most. A pure decision.

#include <algorithm>
#include <cstdint>

#include "common/job/memory_shares.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/dispatch/memory_budget.h"

namespace wm {

struct MemoryDivision {
  MemoryBudget::Shares budget;  // of the supervisor
  MemoryShares worker;          // the shares of each worker
};

/// `available`: bytes that all workers may take together. A picture may take at most what the user allows one
/// worker; by default it may take everything, and then runs alone.
[[nodiscard]] inline MemoryDivision divide_memory(std::uint64_t available, unsigned workers,
                                                  const MemoryLimit& setting) {
  const bool limited = setting.kind == MemoryLimit::Kind::bytes;
  // Large enough that pictures from ordinary cameras never wait; small enough that most of the memory can be
  // lent.
  constexpr std::uint64_t largest_allowance = std::uint64_t{256} << 20U;
  constexpr std::uint64_t smallest_allowance = std::uint64_t{8} << 20U;
  const std::uint64_t total =
      limited && setting.bytes <= available / workers ? setting.bytes * workers : available;
  const std::uint64_t allowance = std::clamp(total / workers / 4, smallest_allowance, largest_allowance);
  const std::uint64_t most = setting.kind == MemoryLimit::Kind::none ? 0
                             : limited                               ? std::min(setting.bytes, available)
                                                                     : total;
  return {.budget = {.total = total, .allowance = allowance},
          .worker = {.allowance = allowance, .most = most}};
}

}  // namespace wm
