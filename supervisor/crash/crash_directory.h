#pragma once

// JOB_DIR/crashes on disk: the index, one directory per crash, and the job descriptions for replaying
// crashes. Format: docs/crash_report.md. Functions may be called from any thread.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/job/job_description.h"
#include "common/os/file_stamp.h"
#include "supervisor/crash/death_facts.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

struct CrashReport;

inline constexpr int crash_schema = 1;

/// A line of index.jsonl.
struct CrashEntry {
  std::string id;
  std::string time;  // ISO 8601, UTC
  std::string kind, word, stage, sig8, signature, summary;
  std::string raw_key;               // hash of raw_key()
  unsigned worker = 0;               // 1-based
  std::optional<std::string> input;  // bytes
  bool full = false;                 // it has a directory with a report
  std::string same_as;               // the ID of the first full report with this signature, else ""
};

class CrashDirectory {
 public:
  /// No part of the directory needs to exist.
  explicit CrashDirectory(JobDirectory job) : job_(std::move(job)) {}

  /// Paths for messages only: files are opened through the functions below.
  [[nodiscard]] std::string path() const { return job_.path_of("crashes"); }
  [[nodiscard]] std::string directory_of(const std::string& id) const { return path() + "/" + id; }

  // Directories in it; none when missing. Throw UsageError, std::system_error.
  [[nodiscard]] std::optional<JobDirectory> crash_records() const { return find("cells"); }
  [[nodiscard]] std::optional<JobDirectory> jobs() const { return find("jobs"); }
  [[nodiscard]] std::optional<JobDirectory> crash(const std::string& id) const { return find(id); }

  /// In chronological order; invalid lines are skipped. If an ID occurs in several lines, the last one
  /// counts.
  [[nodiscard]] std::vector<CrashEntry> entries() const;

  /// Creates the directory with mode 0700. This and the following functions throw UsageError,
  /// std::system_error.
  JobDirectory create() const { return job_.make_subdirectory("crashes"); }
  void add(const CrashEntry& entry) const;
  /// Creates a directory for a crash, and returns its ID: `wanted`, with a number appended if that is taken.
  [[nodiscard]] std::string create_crash(const std::string& wanted) const;
  /// Replaces a file of a crash; mode 0600.
  void write(const std::string& id, const std::string& name, std::string_view text) const;
  /// Stores the description, unless it is already there; returns its name relative to path().
  [[nodiscard]] std::string keep_job(JobDescription job) const;
  /// The description stored last; "" when there is none.
  [[nodiscard]] std::string newest_job() const;

 private:
  [[nodiscard]] std::optional<JobDirectory> find(const std::string& name) const;

  JobDirectory job_;
};

/// A crash that the user asks for.
struct FoundCrash {
  CrashDirectory crashes;
  std::string id;
  [[nodiscard]] std::string directory() const { return crashes.directory_of(id); }
};

/// `name` is an ID, the beginning of an ID, or the path of a crash's directory; `job_directory` is called
/// only for the first two. Throws UsageError when no crash or more than one matches.
[[nodiscard]] FoundCrash find_crash(const std::string& name,
                                    const std::function<JobDirectory()>& job_directory);

/// The contents of one of the crash's files. Throws UsageError when it is missing.
[[nodiscard]] std::string read_crash_file(const FoundCrash& crash, const std::string& name);

/// Throws UsageError when it is missing or damaged.
[[nodiscard]] CrashReport read_report(const FoundCrash& crash);
/// Writes report.json and report.txt. Throws UsageError, std::system_error.
void write_report(const CrashDirectory& crashes, const CrashReport& report);

/// A string member of an object, "" when it is missing or not a string.
[[nodiscard]] std::string text_in(const nlohmann::ordered_json& json, const char* key);

/// Stores a stamp as KEY_device, KEY_inode, KEY_bytes, KEY_mtime_ns, KEY_ctime_ns and KEY_owner; null when it
/// is unknown.
void put_stamp(nlohmann::ordered_json& json, const std::string& key, const FileStamp& stamp);
/// Unknown when a part of it is missing.
[[nodiscard]] FileStamp stamp_in(const nlohmann::ordered_json& json, const std::string& key);

}  // namespace wm
