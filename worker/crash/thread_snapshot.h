#pragma once

// Writes all threads of this process into an area of the crash record: docs/crash_record_format.md.
// Async-signal-safe.

#include <signal.h>
#include <ucontext.h>

#include <cstdint>

#include "common/crash/crash_record.h"
#include "common/crash/snapshot_format.h"

namespace wm::crash {

struct SnapshotRequest {
  SnapshotKind kind{};
  const siginfo_t* signal = nullptr;    // for a fault
  const ucontext_t* context = nullptr;  // of the calling thread, where it was interrupted
  int exit_status = 0;                  // for an exit
  std::uint64_t request = 0;            // for a live snapshot
};

/// One at a time: the caller ensures that. The other threads are still stopped when it returns, until
/// let_threads_go() is called.
void write_snapshot(int record_fd, unsigned area, const SnapshotRequest& request) noexcept;
void let_threads_go() noexcept;

/// After this call, a thread that itself waits in a fault handler shows its place of fault instead of the
/// handler.
void set_own_context(const ucontext_t* context) noexcept;

/// The signal that asks the other threads for their state, and its handler.
[[nodiscard]] inline int ask_signal() {
  return snapshot_signal() - 1;
}
void on_ask(int signal, siginfo_t* info, void* context) noexcept;

}  // namespace wm::crash
