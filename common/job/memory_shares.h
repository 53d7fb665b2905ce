#pragma once

// How much of the machine's memory a worker's task may take.

#include <cstdint>

namespace wm {

/// In bytes.
struct MemoryShares {
  std::uint64_t allowance = 0;  // without asking the supervisor; 0: workers never ask
  std::uint64_t most = 0;       // in total; 0: no limit
  bool operator==(const MemoryShares&) const = default;
};

}  // namespace wm
