#pragma once

// The threads of a process at one moment, from /proc/PID/task (see proc(5)). May be called from any thread. A
// process that has ended has no threads; if it ends during the call, some threads may be missing.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/event/active_clock.h"

namespace wm {

struct ThreadSample {
  std::int32_t tid = 0;
  std::string name;
  char state = '?';          // R running or runnable, S and D asleep, T stopped by a signal
  std::uint64_t start = 0;   // clock ticks since boot; differs if the tid was reused by another thread
  std::uint64_t cpu_ns = 0;  // CPU time
  std::uint64_t sleeps = 0;  // number of voluntary context switches
  std::string waits_at;      // the kernel function in which it sleeps, "" when unknown
  /// Time spent runnable without a CPU, excluding a wait that has not ended yet. None when the kernel does
  /// not count it (no CONFIG_SCHED_INFO).
  std::optional<std::uint64_t> queued_ns;
};

/// A library may start any number of threads, and each costs the supervisor's main thread some reads.
inline constexpr std::size_t most_sampled_threads = 256;

struct ProcessSample {
  ActiveClock::time_point time;
  std::vector<ThreadSample> threads;  // at most `most_sampled_threads`
};

[[nodiscard]] ProcessSample sample_process(std::int32_t pid);

/// "thread 70 (wm-worker): state R, 1200 ms of CPU time"
[[nodiscard]] std::string words_of(const ThreadSample& thread);

}  // namespace wm
