#pragma once

// Records in this worker's crash record what the worker is doing, and arms the handlers that write a snapshot
// when it dies. Costs a few stores and copies a task. The functions may be called from any thread unless
// noted otherwise; without arm() they have no effect.

#include <cstdint>
#include <string_view>

#include "common/crash/crash_record.h"
#include "common/job/log_level.h"
#include "common/job/outcome.h"
#include "common/job/task.h"

namespace wm::crash {

/// Takes ownership of the crash record's descriptor, maps it, installs the handlers and gives the calling
/// thread an alternate stack. Call it once, from the main thread, before others start. Throws
/// std::system_error, or std::runtime_error when the descriptor is not a crash record of this version.
void arm(int record_fd);

// ---- progress of the task, one thread ----

void begin_task(const Task& task) noexcept;
void enter_stage(Stage stage) noexcept;
/// The task's output is complete and about to get its final name.
void announce_output(TaskId task, Result result, const OutputIdentity& identity) noexcept;
void end_task(bool marked) noexcept;

// ---- data that may explain a death ----

void keep_log_line(std::int64_t time_ns, LogLevel level, std::uint64_t task, std::string_view text) noexcept;
/// Longer texts are cut.
void leave_note(RecordedNoteKind kind, std::string_view text) noexcept;

/// The worker leaves regularly: from now on, calls of exit() are not deaths.
void leaving() noexcept;

}  // namespace wm::crash
