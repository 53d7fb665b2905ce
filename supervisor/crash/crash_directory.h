#pragma once

// JOB_DIR/crashes as it lies on disk: the index, the directory of each crash, the job descriptions with which
// they are run again. docs/crash_report.md describes it. Functions may be called from any thread.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/job/job_description.h"
#include "supervisor/crash/death_facts.h"

namespace wm {

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
  /// `job_directory` need not exist.
  explicit CrashDirectory(const std::string& job_directory) : path_(job_directory + "/crashes") {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string cells() const { return path_ + "/cells"; }
  [[nodiscard]] std::string directory_of(const std::string& id) const { return path_ + "/" + id; }

  /// In the order of time; lines that make no sense are left out. Of lines with one ID the last one counts.
  [[nodiscard]] std::vector<CrashEntry> entries() const;

  /// Makes the directory with mode 0700, and those above it. Throws std::system_error.
  void create() const;
  /// Throws std::system_error.
  void add(const CrashEntry& entry) const;
  /// Makes a directory for a crash, and returns its ID: `wanted`, or with a number behind it when that is
  /// taken.
  [[nodiscard]] std::string create_crash(const std::string& wanted) const;
  /// Replaces a file of a crash; mode 0600. Throws std::system_error.
  void write(const std::string& id, const std::string& name, std::string_view text) const;
  /// Keeps the description, unless it is there already; returns its name below path(). Throws
  /// std::system_error.
  [[nodiscard]] std::string keep_job(JobDescription job) const;
  /// The one that was kept last; "" when there is none.
  [[nodiscard]] std::string newest_job() const;

 private:
  std::string path_;
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
                                    const std::function<std::string()>& job_directory);

/// Throws UsageError when it is missing or damaged.
[[nodiscard]] nlohmann::ordered_json read_report(const FoundCrash& crash);

/// A member of an object that is a string, else "".
[[nodiscard]] std::string text_in(const nlohmann::ordered_json& json, const char* key);

/// A path as JSON has it: as it is when it is UTF-8, else percent-encoded with KEY_encoding beside it.
void put_path(nlohmann::ordered_json& json, const std::string& key, std::string_view path);
[[nodiscard]] std::optional<std::string> path_in(const nlohmann::ordered_json& json, const std::string& key);

}  // namespace wm
