#include "tests/support/crash_reports.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/files.h"

namespace wm::test {

using Json = nlohmann::json;

Words with_hazard_worker(Words words) {
  words.insert(words.end(), {"--worker-program", hazard_worker()});
  return words;
}

std::string crashes_of(const Job& job) {
  return job.job_directory() + "/crashes";
}

std::vector<Json> crash_index(const Job& job) {
  std::vector<Json> lines;
  std::ifstream file(crashes_of(job) + "/index.jsonl");
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

CrashReport crash_report(const Job& job, const std::string& id) {
  const std::string directory = crashes_of(job) + "/" + id;
  return {directory, Json::parse(read_file(directory + "/report.json")),
          read_file(directory + "/report.txt")};
}

CrashReport crash_report_on(const Job& job, const std::string& input) {
  for (const Json& line : crash_index(job)) {
    if (line.value("input", "") == input && line["full"] == true) return crash_report(job, line["id"]);
  }
  throw std::runtime_error("no crash report on " + input);
}

int line_at_fault(const Json& analysis) {
  for (const Json& frame : analysis["threads"][0]["frames"]) {
    const bool in_faults = frame.contains("file") && frame["file"].is_string() &&
                           frame["file"].get<std::string>().ends_with("faults.cpp");
    if (in_faults) return frame["line"].get<int>();
  }
  return -1;
}

}  // namespace wm::test
