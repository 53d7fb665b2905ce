#pragma once

// Everything a user can say about a run, after the command line and the configuration file were merged and
// every value was checked. Values only: nothing here opens anything.

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

namespace wm {

/// A file that lists inputs; path "-" is standard input.
struct FileList {
  enum class Separator : std::uint8_t { newline, nul };
  std::string path;
  Separator separator = Separator::newline;
  bool operator==(const FileList&) const = default;
};

/// An input whose output is settled already: a crash that is run again.
struct PlannedInput {
  std::string path;    // absolute, bytes
  FileStamp found;     // no other file may be there; not known: any
  std::string output;  // below the output directory
  bool operator==(const PlannedInput&) const = default;
};

/// Which symbolic links in input trees are followed. Names that the user gives count as his own word for it,
/// but for `never`.
enum class LinkPolicy : std::uint8_t { owner, follow, never };  // owner: of those who own what it leads to

struct InputSettings {
  std::vector<PlannedInput> planned;  // done first, in this order; not to be had on the command line
  std::vector<std::string> operands;  // files and directories as given
  std::vector<FileList> lists;
  std::vector<std::string> include;  // globs (text/glob.h); a file must match one of them if there are any
  std::vector<std::string> exclude;  // globs; a file or directory that matches one is left out
  std::vector<std::string> extensions{"jpg",  "jpeg", "jpe",  "jfif", "png",
                                      "webp", "tif",  "tiff", "gif",  "avif"};  // lower case, without the dot
  bool recursive = false;
  LinkPolicy links = LinkPolicy::owner;
  bool operator==(const InputSettings&) const = default;
};

enum class Durability : std::uint8_t { none, batch, full };
enum class Overwrite : std::uint8_t { changed, never, all };
enum class ProgressMode : std::uint8_t { automatic, always, never };
enum class LogFormat : std::uint8_t { text, json };

/// When failures stop the job. `fail` is a count, or a percentage of the inputs finished so far.
struct Halt {
  enum class When : std::uint8_t { never, soon, now };  // soon: let the files in progress finish
  When when = When::never;
  double fail = 1;
  bool percent = false;
  bool operator==(const Halt&) const = default;
};

/// Of one attempt: a time, or a percentage of the running median of all pictures.
struct Timeout {
  std::chrono::milliseconds time{60'000};  // zero: none
  std::optional<double> percent;           // instead of it
  bool operator==(const Timeout&) const = default;
};

/// What one worker may hold.
struct MemoryLimit {
  enum class Kind : std::uint8_t {
    automatic,  // its part of what the machine has: pool/memory_limit.h
    none,
    bytes,
  };
  Kind kind = Kind::automatic;
  std::uint64_t bytes = 0;  // of Kind::bytes: resident, of its own
  bool operator==(const MemoryLimit&) const = default;

  [[nodiscard]] static constexpr MemoryLimit of(std::optional<std::uint64_t> bytes) {
    return bytes ? MemoryLimit{Kind::bytes, *bytes} : MemoryLimit{Kind::none, 0};
  }
};

struct RunSettings {
  std::optional<unsigned> workers;  // none: as many as CPUs that this process may use
  unsigned retries = 1;             // further attempts after a crash, a time-out or running out of memory
  Timeout timeout;
  MemoryLimit memory_limit;
  std::optional<std::uint64_t> max_output = 4ULL
                                            << 30U;  // bytes of one output, or of whatever a worker writes
  std::uint64_t recycle_growth = 512ULL << 20;  // replace a worker that has grown by so many bytes; 0: never
  unsigned recycle = 0;                         // retire a worker after so many tasks; 0: never
  Halt halt;
  Durability durability = Durability::batch;
  Overwrite overwrite = Overwrite::changed;
  std::string backup_suffix;  // files of others are kept under their name and this; empty: not replaced
  IfUnmarked if_unmarked = IfUnmarked::fail;
  bool retry_quarantined = false;
  bool rebuild_journal = false;             // from the outputs; the old one is kept under another name
  std::chrono::milliseconds grace{10'000};  // for files in progress after the first SIGINT or SIGTERM
  bool operator==(const RunSettings&) const = default;
};

struct LogRotation {
  std::uint64_t bytes = 0;
  unsigned files = 0;  // old files kept beside the current one
  bool operator==(const LogRotation&) const = default;
};

struct LogSettings {
  std::string file;
  LogLevel level = LogLevel::info;
  std::optional<LogLevel> standard_error;  // also to stderr from this level on
  LogFormat format = LogFormat::text;
  std::optional<LogRotation> rotation;
  bool operator==(const LogSettings&) const = default;
};

/// For debugging; a job that runs unattended has none of it.
struct DebugSettings {
  enum class Tool : std::uint8_t { gdb, valgrind };
  bool foreground = false;              // --debug: one worker, no deadline, DEBUG log on stderr, core dumps
  std::optional<unsigned> tool_worker;  // this worker (1-based) runs under `tool`
  Tool tool = Tool::gdb;
  bool wait_on_crash = false;  // a worker that crashes waits for a debugger
  bool operator==(const DebugSettings&) const = default;
};

/// Instead of a run: a sheet with some pictures of the job, marked.
struct PreviewSettings {
  unsigned pictures = 0;  // none: a run
  std::string file;       // empty: default_preview_file
  bool operator==(const PreviewSettings&) const = default;
};
inline constexpr const char* default_preview_file = "wm-supervisor-preview.png";

struct JobSettings {
  std::string output;                // as given; never empty
  std::string job_directory;         // default OUTPUT/.wm-supervisor
  std::string quarantine_directory;  // quarantined inputs are linked or copied there; empty: nowhere
  InputSettings input;
  Recipe recipe;  // at least one mark; logos and font files are read
  InputLimits limits;
  DamagedPictures damaged = DamagedPictures::fail;
  bool keep_dates = false;
  bool verify = false;  // outputs are read again and compared before they are published
  RunSettings run;
  LogSettings log;
  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false;  // no progress and no summary
  bool dry_run = false;
  PreviewSettings preview;
  bool keep_crash_data = false;  // crash reports keep the crash records, with bytes of the stacks
  bool redact_paths = false;     // crash reports name no files
  DebugSettings debug;
  std::string worker_program;                    // empty: the one that belongs to this program
  std::chrono::milliseconds restart_pause{100};  // the first one of a worker that keeps dying
  bool operator==(const JobSettings&) const = default;
};

}  // namespace wm
