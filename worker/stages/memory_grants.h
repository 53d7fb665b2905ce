#pragma once

// Leave to take memory. A stage asks before it takes much, and waits until others have given back enough.

#include <cstdint>

namespace wm {

/// Bytes that a picture takes in a worker.
struct MemoryNeed {
  std::uint64_t certain = 0;   // less than this it cannot be
  std::uint64_t expected = 0;  // at its peak, rather too much than too little
  bool operator==(const MemoryNeed&) const = default;
};

class MemoryGrants {
 public:
  MemoryGrants() = default;
  virtual ~MemoryGrants() = default;
  MemoryGrants(const MemoryGrants&) = delete;
  MemoryGrants& operator=(const MemoryGrants&) = delete;

  /// Returns when the running task may take so much in all. Throws TaskFailure (too_large) when it can never
  /// be. On the worker's main thread.
  virtual void require(const MemoryNeed& need) = 0;
};

/// For a process that shares its memory with nobody.
class UnlimitedMemory final : public MemoryGrants {
 public:
  void require(const MemoryNeed& /*need*/) override {}
};

/// One that anybody may borrow.
[[nodiscard]] inline MemoryGrants& unlimited_memory() {
  static UnlimitedMemory memory;
  return memory;
}

}  // namespace wm
