#pragma once

// Everything the supervisor knows about a worker's death, besides what the worker itself left in its crash
// record. Values only.

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
  FileStamp found;     // the input when it was found; unknown when only the worker's crash record names it
};

/// A line as in the log file, with the task that it is about (0: none).
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
  std::optional<int> signal;  // the signal that killed it, or
  int exit_code = 0;          // its exit status
  DeathCause cause = DeathCause::none;
  bool out_of_memory = false;  // the kernel killed it because memory ran out
  std::uint64_t bytes = 0;     // its size when last measured
  std::string words;           // "was killed by SIGSEGV"
  std::optional<DeathTask> task;
  std::string stage;              // of the task, "" without one
  std::vector<RecentFile> files;  // its files, the current one at the end
  DeathLimits limits;
  std::vector<DeathLogLine> log;         // its last lines
  std::vector<std::string> last_output;  // the last lines it printed
  std::vector<std::string> outside;  // its threads according to /proc, for each snapshot of a hanging worker
  std::optional<HangFinding> hang;   // what it did between the snapshots
  bool answered = false;  // whether it answered the first snapshot; an answer to the second alone is not used
  unsigned snapshots = 0;  // complete ones in areas 1, 2 of the crash record, counted from the first
  std::optional<CrashRecord> crash_record;  // none when it is invalid
  std::string crash_record_file;            // its name in crashes/cells; "" without a name
  std::string job_file;  // relative to the crash directory, for replaying the crash; "" without one

  /// Takes the crash record in. If the worker has made it unreadable, the other facts are kept.
  void take_crash_record(CrashRecordFile record_of_worker, std::string name);
};

/// The kind of a death in reports: stable words.
enum class DeathKind : std::uint8_t {
  signal,
  uncaught_exception,
  heap_check,  // by the C library, or by the compiler's stack protector
  stack_overflow,
  exit,
  killed,  // by a SIGKILL from outside
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

/// The line in which the C library reports that the heap or the stack is damaged; "" when there is none.
[[nodiscard]] std::string heap_message(const std::vector<std::string>& last_output);

}  // namespace wm
