#pragma once

// What a job's crash directory holds, and the hazard worker's faults in it.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/job.h"

namespace wm::test {

struct CrashReport {
  std::string directory;
  nlohmann::json json;
  std::string text;
};

/// The options `words`, with the worker whose faults are chosen by file names.
[[nodiscard]] Words with_hazard_worker(Words words);

[[nodiscard]] std::string crashes_of(const Job& job);
/// The lines of index.jsonl.
[[nodiscard]] std::vector<nlohmann::json> crash_index(const Job& job);
[[nodiscard]] CrashReport crash_report(const Job& job, const std::string& id);
/// The first full report that names the input. Throws std::runtime_error when there is none.
[[nodiscard]] CrashReport crash_report_on(const Job& job, const std::string& input);

/// The line of the first frame of the first thread that is in the faults' source, -1 when there is none.
[[nodiscard]] int line_at_fault(const nlohmann::json& analysis);

}  // namespace wm::test
