#pragma once

// All that the supervisor knows of a worker's death besides what the worker itself left in its crash record.
// Values only.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/os/file_stamp.h"
#include "supervisor/crash/recent_files.h"
#include "supervisor/log/logged_line.h"
#include "supervisor/pool/crash_record_file.h"
#include "supervisor/pool/hang_finding.h"

namespace wm {

/// Why the supervisor ended the worker itself.
enum class DeathCause : std::uint8_t { none, timeout, memory_limit, unresponsive, slow_boot };

struct DeathTask {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
  std::string input;   // absolute path, bytes
  std::string output;  // below the output directory
  FileStamp found;     // the input when it was found; not known when only the worker's crash record names it
};

/// As in the log file, with the task that it is about (0: none).
using DeathLogLine = LoggedLine;

struct DeathLimits {
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::uint64_t> memory;  // bytes
};

struct DeathFacts {
  std::int64_t time_ns = 0;  // CLOCK_REALTIME
  unsigned worker = 0;       // 1-based
  int pid = 0;
  bool booted = true;
  std::optional<int> signal;  // that killed it, or
  int exit_code = 0;          // what it exited with
  DeathCause cause = DeathCause::none;
  bool out_of_memory = false;  // the kernel killed it for want of memory
  std::uint64_t bytes = 0;     // that it held when it was last looked at
  std::string words;           // "was killed by SIGSEGV"
  std::optional<DeathTask> task;
  std::string stage;              // of the task, "" without one
  std::vector<RecentFile> files;  // that it had, the present one at the end
  DeathLimits limits;
  std::vector<DeathLogLine> log;         // its last lines
  std::vector<std::string> last_output;  // what it printed last
  std::vector<std::string> outside;  // at each look at a worker that hung: its threads as /proc shows them
  std::optional<HangFinding> hang;   // what it did between the snapshots
  bool answered = false;             // the first snapshot; an answer to the second alone is not used
  unsigned snapshots = 0;  // complete snapshots in areas 1, 2 of the crash record, from the first on
  std::optional<CrashRecord> crash_record;  // none when it makes no sense
  std::string crash_record_file;            // its name in crashes/cells; "" when the crash record has no name
  std::string job_file;  // below the crash directory, with which it can be run again; "" without one

  /// A crash record that its worker has made unreadable is no reason to lose the rest.
  void take_crash_record(CrashRecordFile record_of_worker, std::string name);
};

/// What a death is called in reports: stable words.
enum class DeathKind : std::uint8_t {
  signal,
  uncaught_exception,
  heap_check,  // of the C library, or the compiler's stack protector
  stack_overflow,
  exit,
  killed,  // SIGKILL from outside
  out_of_memory,
  timeout,
  memory_limit,
  unresponsive,
  boot,
};
[[nodiscard]] std::string name(DeathKind kind);
[[nodiscard]] std::optional<DeathKind> death_kind_from(std::string_view name);

/// "SIGSEGV", "EXIT", "TIMEOUT": the word in a crash's name.
[[nodiscard]] std::string death_word(const DeathFacts& facts);

/// The line with which the C library says that it found the heap or the stack damaged; "" when there is none.
[[nodiscard]] std::string heap_message(const std::vector<std::string>& last_output);

}  // namespace wm
