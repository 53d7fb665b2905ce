#pragma once

// A running job as seen from outside: JOB_DIR/status.json, schema 1. docs/monitoring.md lists its fields.
// Values.

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/file_table.h"
#include "supervisor/journal/ledger.h"

namespace wm {

enum class JobPhase : std::uint8_t {
  starting,  // no worker is ready yet
  scanning,  // files are marked while the scan still finds more
  running,   // all inputs are known
  stopping,  // no more files are handed out
  finished,  // the report is written
};
inline constexpr std::array<std::string_view, 5> job_phase_names{"starting", "scanning", "running",
                                                                 "stopping", "finished"};

struct WorkerView {
  std::string name;  // "worker-03"
  pid_t pid = -1;    // -1: no process
  std::uint32_t incarnation = 0;
  std::string state;  // starting, idle, busy, waiting for memory, none
  std::string stage;  // decode, compose, encode, publish; "" when it has no file
  std::string input;  // "" when it has no file
  double stage_s = 0;
  std::uint64_t resident_bytes = 0;
};

struct JobStatus {
  JobPhase phase = JobPhase::starting;
  pid_t pid = 0;  // of the supervisor
  std::string host;
  std::vector<std::string> command;
  std::int64_t started_ns = 0;  // since the epoch
  std::int64_t updated_ns = 0;
  double elapsed_s = 0;
  Ledger ledger;
  bool scan_complete = false;
  double files_per_s = 0;       // over the last seconds
  double mean_files_per_s = 0;  // of the whole run
  std::optional<double> eta_s;
  std::uint64_t input_bytes = 0;   // of the inputs that were marked or copied
  std::uint64_t output_bytes = 0;  // of their outputs
  std::optional<std::uint64_t> output_free_bytes;
  std::vector<WorkerView> workers;
  std::uint64_t restarts = 0;
  std::uint64_t retries = 0;
  std::uint64_t crashes = 0;
  std::uint64_t log_written = 0;
  std::uint64_t log_dropped = 0;
  std::vector<Problem> problems;  // the last ten
  std::optional<int> exit_code;   // once it is finished
  std::string reason;             // why it ended early; "" when it did not
};

inline constexpr const char* status_file = "status.json";

/// Replaces the file of the last second. Not synced: after a power cut the job is not running anyway. Throws
/// std::system_error.
void write_job_status(const JobDirectory& directory, const JobStatus& status);

/// What a run has written, as text and read; the fields may come from anybody who can write the job
/// directory.
struct StoredStatus {
  std::string text;
  JobStatus status;
};
/// None when there is no file, or an empty one. Throws UsageError when it is too long or no status of this
/// version.
[[nodiscard]] std::optional<StoredStatus> read_job_status(const JobDirectory& directory);

}  // namespace wm
