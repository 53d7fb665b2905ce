#pragma once

// Everything a user can specify for a run, after the command line and the configuration file have been merged
// and every value checked. Values only: nothing here opens anything.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/job/damaged_pictures.h"
#include "common/job/input_limits.h"
#include "common/job/log_level.h"
#include "common/job/output_policy.h"
#include "common/job/recipe.h"
#include "common/os/file_stamp.h"
#include "supervisor/cli/shard.h"

namespace wm {

/// A file that lists inputs; path "-" is standard input.
struct FileList {
  enum class Separator : std::uint8_t { newline, nul };
  std::string path;
  Separator separator = Separator::newline;
  bool operator==(const FileList&) const = default;
};

/// An input whose output path is fixed in advance, used to replay a crash.
struct PlannedInput {
  std::string path;    // absolute, bytes
  FileStamp found;     // the file at `path` must be this one; not known: any file will do
  std::string output;  // below the output directory
  bool operator==(const PlannedInput&) const = default;
};

/// Which symbolic links in input trees are followed. Links that the user names are always followed, except
/// with `never`.
enum class LinkPolicy : std::uint8_t { owner, follow, never };  // owner: links owned by the target's owner

struct InputSettings {
  std::vector<PlannedInput> planned;  // processed first, in this order; not available on the command line
  std::vector<std::string> operands;  // files and directories as given
  std::vector<FileList> lists;
  std::string base;  // what the lists name gets its path below this directory as its output; empty: its name
  std::vector<std::string> include;  // globs (text/glob.h); a file must match one of them if there are any
  std::vector<std::string> exclude;  // globs; matching files and directories are left out
  std::vector<std::string> extensions{"jpg",  "jpeg", "jpe",  "jfif", "png",
                                      "webp", "tif",  "tiff", "gif",  "avif"};  // lower case, without the dot
  bool recursive = false;
  LinkPolicy links = LinkPolicy::owner;
  std::optional<Shard> shard;  // only inputs of this shard
  bool operator==(const InputSettings&) const = default;
};

enum class Durability : std::uint8_t { none, batch, full };
enum class Overwrite : std::uint8_t { changed, never, all };
enum class ProgressMode : std::uint8_t { automatic, always, never, json };
enum class LogFormat : std::uint8_t { text, json };

/// When failures stop the job. `fail` is a count, or a percentage of the inputs finished so far.
struct Halt {
  enum class When : std::uint8_t { never, soon, now };  // soon: let the files in progress finish
  When when = When::never;
  double fail = 1;
  bool percent = false;
  bool operator==(const Halt&) const = default;
};

/// The limit for one attempt: a time, or a percentage of the running median of all pictures.
struct Timeout {
  std::chrono::milliseconds time{60'000};  // zero: no limit
  std::optional<double> percent;           // instead of `time`
  bool operator==(const Timeout&) const = default;
};

/// How much memory one worker may hold.
struct MemoryLimit {
  enum class Kind : std::uint8_t {
    automatic,  // its share of the machine's memory: pool/memory_limit.h
    none,
    bytes,
  };
  Kind kind = Kind::automatic;
  std::uint64_t bytes = 0;  // for Kind::bytes: resident and private
  bool operator==(const MemoryLimit&) const = default;

  [[nodiscard]] static constexpr MemoryLimit of(std::optional<std::uint64_t> bytes) {
    return bytes ? MemoryLimit{Kind::bytes, *bytes} : MemoryLimit{Kind::none, 0};
  }
};

struct RunSettings {
  std::optional<unsigned> workers;  // none: one for each CPU that this process may use
  unsigned retries = 1;             // further attempts after a crash, a time-out or running out of memory
  Timeout timeout;
  MemoryLimit memory_limit;
  std::optional<std::uint64_t> max_output = 4ULL
                                            << 30U;  // bytes of one output, or of any file a worker writes
  std::uint64_t recycle_growth = 512ULL << 20;       // replace a worker that has grown by that much; 0: never
  unsigned recycle = 0;                              // retire a worker after that many tasks; 0: never
  Halt halt;
  Durability durability = Durability::batch;
  Overwrite overwrite = Overwrite::changed;
  std::string backup_suffix;  // replaced foreign files are kept under their name plus this; empty: no backup
  IfUnmarked if_unmarked = IfUnmarked::fail;
  bool retry_quarantined = false;
  bool rebuild_journal = false;             // from the outputs; the old one is kept under another name
  std::chrono::milliseconds grace{10'000};  // for files in progress after the first SIGINT or SIGTERM
  std::chrono::milliseconds wait_lock{0};   // for another supervisor that runs the same job to end
  bool failures_ok = false;                 // exit code 0 when only pictures failed
  bool operator==(const RunSettings&) const = default;
};

struct LogRotation {
  std::uint64_t bytes = 0;
  unsigned files = 0;  // old files kept in addition to the current one
  bool operator==(const LogRotation&) const = default;
};

struct LogSettings {
  std::string file;
  LogLevel level = LogLevel::info;
  std::optional<LogLevel> standard_error;  // also to stderr from this level on
  LogFormat format = LogFormat::text;
  std::optional<LogRotation> rotation;

  [[nodiscard]] bool to_stderr() const noexcept { return file == "-"; }
  bool operator==(const LogSettings&) const = default;
};

/// For debugging; jobs that run unattended use none of it.
struct DebugSettings {
  enum class Tool : std::uint8_t { gdb, valgrind };
  bool foreground = false;              // --debug: one worker, no deadline, DEBUG log on stderr, core dumps
  std::optional<unsigned> tool_worker;  // this worker (1-based) runs under `tool`
  Tool tool = Tool::gdb;
  bool wait_on_crash = false;  // a worker that crashes waits for a debugger
  bool operator==(const DebugSettings&) const = default;
};

/// A sheet with some of the job's pictures, marked, instead of a run.
struct PreviewSettings {
  unsigned pictures = 0;  // 0: run the job instead
  std::string file;       // empty: default_preview_file
  bool operator==(const PreviewSettings&) const = default;
};
inline constexpr const char* default_preview_file = "wm-supervisor-preview.png";

struct JobSettings {
  std::string output;                // as given; never empty
  std::string job_directory;         // default OUTPUT/.wm-supervisor, or the shard's directory below it
  std::string whole_job_directory;   // with a shard: the one of all shards; otherwise empty
  std::string scratch;               // journal and log are below it during a run; empty: in job_directory
  std::string quarantine_directory;  // quarantined inputs are linked or copied there; empty: nowhere
  InputSettings input;
  Recipe recipe;  // at least one mark; logos and font files have been read
  InputLimits limits;
  DamagedPictures damaged = DamagedPictures::fail;
  bool keep_dates = false;
  bool verify = false;  // outputs are read back and compared before they are published
  RunSettings run;
  LogSettings log;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false;        // no progress and no summary
  bool stats = false;        // times of phases and stages before the summary
  std::string metrics_file;  // metrics for Prometheus are written there; empty: nowhere
  bool dry_run = false;
  PreviewSettings preview;
  bool keep_crash_data = false;  // crash reports keep the crash records, which contain stack bytes
  bool redact_paths = false;     // crash reports name no files
  DebugSettings debug;
  std::string worker_program;                    // empty: the one installed with this program
  std::chrono::milliseconds restart_pause{100};  // first pause before a worker that keeps dying is restarted
  bool operator==(const JobSettings&) const = default;

  /// The job directory, with a shard the one of all shards.
  [[nodiscard]] const std::string& shared_job_directory() const noexcept {
    return input.shard ? whole_job_directory : job_directory;
  }
};

}  // namespace wm
