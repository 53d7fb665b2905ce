#pragma once

// The report on a death as JSON: docs/crash_report.md has its fields. No environment and no bytes of memory
// are in it.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "supervisor/crash/death_facts.h"
#include "supervisor/crash/input_hash.h"
#include "supervisor/crash/redaction.h"

namespace wm {

/// What analysing the cell gave.
struct CellAnalysis {
  nlohmann::ordered_json death;               // null: no snapshot, or `problem`
  std::vector<nlohmann::ordered_json> looks;  // of a worker that hung
  std::string raw_key;                        // hash of raw_key(), in place of a signature
  std::string problem;                        // why the analysis is missing although there is a snapshot
};

struct ReportContext {
  std::string id;
  std::vector<std::string> command;  // of the supervisor
  std::string job_file;              // below the crash directory, "" when it could not be kept
  std::string crash_directory;       // absolute
  bool redact_paths = false;
};

[[nodiscard]] nlohmann::ordered_json report_json(const DeathFacts& facts, CellAnalysis analysis,
                                                 const InputHash& input_hash, const ReportContext& context);

/// Puts the analysis into a report that was made without it, with everything that follows from it.
void complete_report(nlohmann::ordered_json& report, const CellAnalysis& analysis);

/// Hides names in what an analysis says of mapped files.
void hide_names(CellAnalysis& analysis, const NameHider& hider);

}  // namespace wm
