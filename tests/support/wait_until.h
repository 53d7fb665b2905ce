#pragma once

// Waiting for something to become true, instead of sleeping for as long as it might take.

#include <chrono>
#include <thread>

namespace wm::test {

/// Ends a hang: most waits take milliseconds.
inline constexpr std::chrono::minutes patience{2};

/// False when `condition` did not hold within `limit`. The limit only ends a hang; it measures nothing.
template <class Condition>
[[nodiscard]] bool wait_until(const Condition& condition, std::chrono::milliseconds limit = patience,
                              std::chrono::milliseconds pause = std::chrono::milliseconds(2)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

/// How much longer things take in this build: sanitizers slow programs down, above all their start.
#if defined(WM_ADDRESS_SANITIZER) || defined(WM_THREAD_SANITIZER)
inline constexpr int slowness = 5;
#else
inline constexpr int slowness = 1;
#endif

}  // namespace wm::test
