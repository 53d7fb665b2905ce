#pragma once

// SegmentHeader::dispatcher_waiting: the number of further results after which the supervisor wants to be
// woken. It sets the number before it checks the slots a last time and sleeps; workers count it down.
// Lock-free.

#include <atomic>
#include <cstdint>

namespace wm {

/// For a worker that has just finished a slot. `at_once`: the supervisor must not wait for further results.
/// Returns true if the caller must post `done`.
[[nodiscard]] inline bool completes_awaited(std::atomic<std::uint32_t>& waiting, bool at_once) noexcept {
  std::uint32_t results = waiting.load(std::memory_order_seq_cst);
  std::uint32_t left = 0;
  do {
    if (results == 0) return false;
    left = at_once ? 0 : results - 1;
  } while (!waiting.compare_exchange_weak(results, left, std::memory_order_seq_cst));
  return left == 0;
}

}  // namespace wm
