#pragma once

// From the facts of a death to its report, without anything that names what the user wants hidden.

#include <string>
#include <vector>

#include "supervisor/crash/crash_report.h"
#include "supervisor/crash/redaction.h"

namespace wm {

struct ReportContext {
  std::string id;
  std::vector<std::string> command;  // of the supervisor
  std::string job_file;              // below the crash directory, "" when it could not be kept
  std::string crash_directory;       // absolute
  bool redact_paths = false;
};

[[nodiscard]] CrashReport make_report(const DeathFacts& facts, CrashAnalysis analysis,
                                      const InputHash& input_hash, const ReportContext& context);

/// Hides names in what an analysis says of mapped files.
void hide_names(CrashAnalysis& analysis, const NameHider& hider);

}  // namespace wm
