#pragma once

// A crash report: the type from which both report.json and report.txt are made. Values; complete() sets those
// that are derived from others. docs/crash_report.md explains the fields to users.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/os/file_stamp.h"
#include "supervisor/analyzer/snapshot_analysis.h"
#include "supervisor/crash/death_facts.h"
#include "supervisor/crash/input_hash.h"
#include "supervisor/crash/recent_files.h"
#include "supervisor/crash/signature.h"

namespace wm {

/// The results of analysing a crash record.
struct CrashAnalysis {
  std::optional<SnapshotAnalysis> death;
  std::vector<SnapshotAnalysis> snapshots;  // of a worker that hung
  std::string raw_key;                      // hash of raw_key(), used in place of a signature
  std::string problem;                      // why the analysis is missing although there is a snapshot
};

enum class HangVerdict : std::uint8_t { spinning, waiting, stopped, silent, unknown };
inline constexpr std::array<std::string_view, 5> hang_verdict_names{
    "spinning", "waiting", "stopped by a signal", "did not answer", "looked at before it was killed"};

struct CrashedWorker {
  unsigned index = 0;  // 1-based
  int pid = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t files_begun = 0;
  bool ready = true;
  std::uint64_t bytes = 0;  // its size when last measured
};

struct CrashedTask {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
  std::string input;   // absolute path, bytes
  std::string output;  // below the output directory
  FileStamp found;
  InputHash hash;
};

struct UncaughtException {
  std::string type, message;
  std::uint64_t throw_pc = 0;
};

struct HangReport {
  HangVerdict verdict = HangVerdict::unknown;
  double cpu_ms = 0;                   // of the busiest thread, between the snapshots
  std::optional<double> run_queue_ms;  // for which it was runnable without a CPU
  std::optional<double> ms;            // between the snapshots
  std::string busiest_thread;
  std::optional<std::int32_t> busiest_tid;
  std::vector<SnapshotAnalysis> snapshots;
  std::vector<std::string> outside;  // lines from /proc
};

struct MachineFacts {
  std::string kernel;
  std::int64_t cpus = 0;
  std::uint64_t memory_bytes = 0;
};

struct ProgramVersions {
  std::string program;
  std::vector<std::string> libraries;
};

struct CrashReport {
  std::string id;
  std::string time;     // ISO 8601, UTC
  std::string summary;  // one sentence
  DeathKind kind = DeathKind::signal;
  std::string what;  // "was killed by SIGSEGV"
  std::string word;  // death_word()
  std::optional<int> signal, exit_code;
  CrashedWorker worker;
  std::optional<CrashedTask> task;
  std::string stage;
  Signature signature;
  std::optional<UncaughtException> exception;  // uncaught
  std::string heap_message, glib_fatal, vips_error;
  std::vector<std::string> last_output;
  std::optional<SnapshotAnalysis> analysis;
  std::string raw;  // why there is no analysis yet; "" when nothing is missing
  std::optional<HangReport> hang;
  DeathCause cause = DeathCause::none;
  bool out_of_memory = false;
  std::vector<std::string> log;
  std::vector<RecentFile> files;  // the latest one at the end
  MachineFacts machine;
  ProgramVersions versions;
  DeathLimits limits;
  std::vector<std::string> command;  // of the supervisor
  std::string job_description;       // relative to the crash directory; "" without one
  bool redacted = false;
  std::string replay;  // the command; "" when the crash cannot be replayed
  std::string finish;  // the command that analyses a raw report; "" if not needed, or if names are hidden

  /// Stores the analysis, and derives kind, signature, libraries and summary from it.
  void complete(const CrashAnalysis& from);
};

}  // namespace wm
