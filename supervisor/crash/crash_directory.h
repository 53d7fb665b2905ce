#pragma once

// JOB_DIR/crashes as it lies on disk: the index, the directory of each crash, the job descriptions with which
// they are run again. docs/crash_report.md describes it. Functions may be called from any thread.

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
  std::string raw_key;               // hash of it
  unsigned worker = 0;               // 1-based
  std::optional<std::string> input;  // bytes
  bool full = false;                 // it has a directory with a report
  std::string same_as;               // the ID of the first full one of its signature, else ""
};

class CrashDirectory {
 public:
  /// Nothing of it needs to exist.
  explicit CrashDirectory(JobDirectory job) : job_(std::move(job)) {}

  /// Paths for people. What lies there is opened through the functions below.
  [[nodiscard]] std::string path() const { return job_.path_of("crashes"); }
  [[nodiscard]] std::string directory_of(const std::string& id) const { return path() + "/" + id; }

  // Directories in it; none when they do not exist. Throw UsageError, std::system_error.
  [[nodiscard]] std::optional<JobDirectory> crash_records() const { return find("cells"); }
  [[nodiscard]] std::optional<JobDirectory> jobs() const { return find("jobs"); }
  [[nodiscard]] std::optional<JobDirectory> crash(const std::string& id) const { return find(id); }

  /// In the order of time; lines that make no sense are left out. Of lines with one ID the last one counts.
  [[nodiscard]] std::vector<CrashEntry> entries() const;

  /// Makes the directory with mode 0700. Throws UsageError, std::system_error, as what follows.
  JobDirectory create() const { return job_.make_subdirectory("crashes"); }
  void add(const CrashEntry& entry) const;
  /// Makes a directory for a crash, and returns its ID: `wanted`, or with a number after it when that is
  /// taken.
  [[nodiscard]] std::string create_crash(const std::string& wanted) const;
  /// Replaces a file of a crash; mode 0600.
  void write(const std::string& id, const std::string& name, std::string_view text) const;
  /// Keeps the description, unless it is there already; returns its name below path().
  [[nodiscard]] std::string keep_job(JobDescription job) const;
  /// The one that was kept last; "" when there is none.
  [[nodiscard]] std::string newest_job() const;

 private:
  [[nodiscard]] std::optional<JobDirectory> find(const std::string& name) const;

  JobDirectory job_;
};

/// A crash that somebody asks for.
struct FoundCrash {
  CrashDirectory crashes;
  std::string id;
  [[nodiscard]] std::string directory() const { return crashes.directory_of(id); }
};

/// `name` is an ID, the beginning of one, or the path of a crash's directory; `job_directory` is asked for
/// the first two. Throws UsageError when there is none, or more than one.
[[nodiscard]] FoundCrash find_crash(const std::string& name,
                                    const std::function<JobDirectory()>& job_directory);

/// The contents of a file of a crash. Throws UsageError when it is missing.
[[nodiscard]] std::string read_crash_file(const FoundCrash& crash, const std::string& name);

/// Throws UsageError when it is missing or damaged.
[[nodiscard]] CrashReport read_report(const FoundCrash& crash);
/// As report.json and report.txt. Throws UsageError, std::system_error.
void write_report(const CrashDirectory& crashes, const CrashReport& report);

/// A member of an object that is a string, else "".
[[nodiscard]] std::string text_in(const nlohmann::ordered_json& json, const char* key);

/// A path as JSON has it: as it is when it is UTF-8, else percent-encoded with KEY_encoding beside it.
void put_path(nlohmann::ordered_json& json, const std::string& key, std::string_view path);
[[nodiscard]] std::optional<std::string> path_in(const nlohmann::ordered_json& json, const std::string& key);

/// A stamp as KEY_device, KEY_inode, KEY_bytes, KEY_mtime_ns, KEY_ctime_ns and KEY_owner; null when it is not
/// known.
void put_stamp(nlohmann::ordered_json& json, const std::string& key, const FileStamp& stamp);
/// Not known when a part of it is missing.
[[nodiscard]] FileStamp stamp_in(const nlohmann::ordered_json& json, const std::string& key);

}  // namespace wm
