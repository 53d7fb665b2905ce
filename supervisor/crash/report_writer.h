#pragma once

// Turns one death at a time into a report in JOB_DIR/crashes. Of each kind of death the first reports are
// written in full, the others are counted. Used by the crash reporter's thread, except for constant members;
// open() comes before that thread starts.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "supervisor/crash/analyzer_process.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/death_facts.h"

namespace wm {

struct CrashAnalysis;

inline constexpr unsigned full_reports_of_a_kind = 5;

class ReportWriter {
 public:
  struct Settings {
    std::vector<std::string> command;
    bool keep_crash_data = false;  // keeps the crash records, with the bytes of the stacks
    bool redact_paths = false;
  };
  /// Called after each death, with the task in whose attempt it was, if any; id 0: of an earlier run.
  using Done = std::function<void(const CrashEntry&, const std::optional<DeathTask>&)>;

  /// Gets the name of a crash record that has been reported, and removes it as soon as nobody needs it.
  /// Empty: it is removed at once.
  using Discard = std::function<void(const std::string& crash_record_file)>;

  ReportWriter(Settings settings, AnalyzerProcess analyzer, Done done, Discard discard);

  /// Throws UsageError, std::system_error.
  void open(JobDirectory job);
  [[nodiscard]] bool is_open() const noexcept { return directory_.has_value(); }
  /// After open().
  [[nodiscard]] const CrashDirectory& directory() const { return directory_.value(); }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

  /// With `hurry`, a death of a new kind gets a report without an analysis. Throws std::exception when the
  /// report cannot be written; the crash record may then still exist.
  void report(const DeathFacts& facts, bool hurry, const std::stop_token& stop);
  void remove_crash_record(const DeathFacts& facts) const;

 private:
  struct Group {
    unsigned full = 0;
    std::string first;  // ID
    std::string sig8;
  };
  [[nodiscard]] CrashAnalysis analyse(const DeathFacts& facts, bool has_snapshot,
                                      const std::stop_token& stop) const;
  void count(CrashEntry entry, const DeathFacts& facts, const std::string& same_as);
  void keep_or_drop_crash_record(const DeathFacts& facts, const std::string& id, bool keep) const;

  const Settings settings_;
  const AnalyzerProcess analyzer_;
  const Done done_;
  const Discard discard_;
  std::optional<CrashDirectory> directory_;
  std::map<std::string, Group> by_key_, by_signature_;
};

/// Completes a report that was made without an analysis, and removes its crash record unless
/// `keep_crash_record`. Returns the reason on failure, "" on success. Throws UsageError, std::system_error.
[[nodiscard]] std::string symbolise(const FoundCrash& crash, const AnalyzerProcess& analyzer,
                                    bool keep_crash_record);

}  // namespace wm
