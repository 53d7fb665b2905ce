#pragma once

// The crash record: one file per life of a worker, created by the supervisor (mode 0600) and mapped by the
// worker, which keeps its current position in it. It outlives both processes. The head is followed by areas
// for snapshots, which a dying or questioned worker writes with pwrite() (snapshot_format.h). Format:
// docs/crash_record_format.md.
//
// Readers must validate a crash record as untrusted input: a crashing worker may have written anything into
// it.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "common/job/output_identity.h"
#include "common/segment/layout.h"

namespace wm {

inline constexpr std::uint64_t crash_record_magic = 0x314C4C45'432D4D57ULL;  // "WM-CELL1"
inline constexpr std::uint32_t crash_record_version = 2;

inline constexpr std::size_t recorded_history = 32;    // the worker's latest files, including the current one
inline constexpr std::size_t recorded_log_lines = 64;  // the latest log records
inline constexpr std::size_t recorded_log_text = 232;  // bytes kept of each
inline constexpr std::size_t recorded_note_text = 1016;
inline constexpr std::size_t recorded_outputs = 512;  // the latest outputs announced

enum class CrashRecordState : std::uint32_t {
  prepared,  // by the supervisor; no worker has taken it yet
  armed,     // handlers are installed: the worker answers snapshot_signal
  ended,     // the worker exited normally
  dying,     // a handler is writing area_of_death
  recorded,  // the snapshot of the death is complete
  parked,    // complete, and the worker waits for a debugger (--wait-on-crash)
};

/// A file that the worker processed, in the ring `history`: entry i % recorded_history is the i-th, counted
/// from 0.
struct RecordedTask {
  std::uint64_t task;
  std::uint32_t attempt;
  std::uint32_t path_bytes;
  std::uint32_t result;  // 0: not finished, 1: marked, 2: failed
  std::uint32_t reserved;
  char path[max_path_bytes + 1];  // absolute, bytes
};

/// An output that is about to be renamed to its final name, in the ring `outputs`: entry i % recorded_outputs
/// is the i-th. If the worker or its supervisor dies, this shows whether the file with that name is the
/// worker's.
struct RecordedOutput {
  std::uint64_t task;
  std::uint64_t result;  // Result: marked or copied
  OutputIdentity identity;
};

struct RecordedLogLine {
  std::int64_t time_ns;  // CLOCK_REALTIME
  std::uint64_t task;    // 0: none
  std::uint32_t level;   // LogLevel
  std::uint32_t bytes;   // of `text`; a longer record is cut
  char text[recorded_log_text];
};

/// A short text that helps to explain a death: the bytes are written first, then their number.
struct RecordedNote {
  std::atomic<std::uint32_t> bytes;
  std::uint32_t reserved;
  char text[recorded_note_text];
};

enum class RecordedNoteKind : std::uint32_t {
  glib_fatal,         // GLib's last critical or fatal message
  vips_error,         // libvips' last error
  exception_type,     // of the uncaught exception, demangled if possible
  exception_message,  // its what()
};
inline constexpr std::size_t recorded_note_kinds = 4;

struct CrashRecordHead {
  // by the supervisor, before the worker starts
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t worker;       // index, 0-based
  std::uint32_t incarnation;  // 1, 2, 3, … of this worker in this run
  std::uint32_t park;         // 1: --wait-on-crash
  std::uint64_t run;          // RunToken
  std::uint64_t started_ns;   // CLOCK_REALTIME

  // by the worker
  alignas(64) std::atomic<std::uint32_t> state;  // CrashRecordState
  std::int32_t pid;
  std::uint64_t start_ticks;  // field 22 of /proc/PID/stat: distinguishes it from a later process of this pid
  std::atomic<std::uint32_t> stage;  // Stage of the current task
  std::uint32_t reserved;
  std::atomic<std::uint64_t> task;       // id of the current task, 0 between tasks
  std::atomic<std::uint64_t> tasks;      // ever begun: index of the ring's next entry
  std::atomic<std::uint64_t> log_lines;  // ever logged
  std::atomic<std::uint64_t> throw_pc;   // return address of the terminating thread's last throw, or 0
  std::array<RecordedNote, recorded_note_kinds> notes;
  std::array<RecordedLogLine, recorded_log_lines> log;
  std::array<RecordedTask, recorded_history> history;
  std::atomic<std::uint64_t> outputs_announced;  // ever: index of the ring's next entry
  std::array<RecordedOutput, recorded_outputs> outputs;
};
static_assert(std::is_standard_layout_v<CrashRecordHead> && SharedAtomic<std::uint64_t>);

/// Offsets in bytes from the start of the file. Areas are sparse until they are written.
inline constexpr std::size_t crash_record_head_bytes = std::size_t{256} << 10;
inline constexpr std::size_t snapshot_area_bytes = std::size_t{8} << 20;
inline constexpr unsigned snapshot_areas = 4;
static_assert(sizeof(CrashRecordHead) <= crash_record_head_bytes);

/// The area for each kind of snapshot, so that no writer overwrites what somebody else is reading.
inline constexpr unsigned area_of_death = 0;
inline constexpr unsigned area_of_first_snapshot = 1;   // at the deadline
inline constexpr unsigned area_of_second_snapshot = 2;  // a second later
inline constexpr unsigned area_of_stacks = 3;           // the subcommand `stacks`

[[nodiscard]] constexpr std::size_t offset_of_area(unsigned area) {
  return crash_record_head_bytes + area * snapshot_area_bytes;
}
inline constexpr std::size_t crash_record_bytes = offset_of_area(snapshot_areas);

/// The head and the first part of area_of_death are allocated when the crash record is created, so that the
/// registers of a crash are saved even on a full disk.
inline constexpr std::size_t crash_record_reserved_bytes = crash_record_head_bytes + (std::size_t{128} << 10);

}  // namespace wm
