#pragma once

// Permission to use memory. A stage asks before it allocates much, and waits until others have released
// enough.

#include <cstdint>

namespace wm {

/// Bytes that a picture takes in a worker.
struct MemoryNeed {
  std::uint64_t certain = 0;   // lower bound
  std::uint64_t expected = 0;  // at its peak, estimated on the high side
  bool operator==(const MemoryNeed&) const = default;
};

class MemoryGrants {
 public:
  MemoryGrants() = default;
  virtual ~MemoryGrants() = default;
  MemoryGrants(const MemoryGrants&) = delete;
  MemoryGrants& operator=(const MemoryGrants&) = delete;

  /// Returns when the running task may use `need` in total. Throws TaskFailure (too_large) when that can
  /// never be granted. On the worker's main thread.
  virtual void require(const MemoryNeed& need) = 0;
};

/// For a process that does not share its memory budget.
class UnlimitedMemory final : public MemoryGrants {
 public:
  void require(const MemoryNeed& /*need*/) override {}
};

/// A shared instance to borrow.
[[nodiscard]] inline MemoryGrants& unlimited_memory() {
  static UnlimitedMemory memory;
  return memory;
}

}  // namespace wm
