#pragma once

// Makes a report from the facts of a death, without any names that the user wants hidden.

#include <string>
#include <vector>

#include "supervisor/crash/crash_report.h"
#include "supervisor/crash/redaction.h"

namespace wm {

struct ReportContext {
  std::string id;
  std::vector<std::string> command;  // of the supervisor
  std::string job_file;              // relative to the crash directory, "" when it could not be stored
  std::string crash_directory;       // absolute
  bool redact_paths = false;
};

[[nodiscard]] CrashReport make_report(const DeathFacts& facts, CrashAnalysis analysis,
                                      const InputHash& input_hash, const ReportContext& context);

/// Hides names in an analysis' descriptions of mapped files.
void hide_names(CrashAnalysis& analysis, const NameHider& hider);

}  // namespace wm
