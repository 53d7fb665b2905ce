#include "tests/support/job.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <regex>
#include <utility>

#include "tests/support/files.h"
#include "tests/support/journal_rows.h"
#include "tests/support/processes.h"
#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

std::string below(std::string directory, const std::string& name) {
  return name.empty() ? directory : directory.append("/").append(name);
}

}  // namespace

std::string hazard_worker() {
  return WM_HAZARD_WORKER;
}

Job::Job() {
  std::filesystem::create_directory(in());
  Pixels pixels{mark_width, mark_height, 4, {}};
  for (int i = 0; i < mark_width * mark_height; ++i)
    pixels.samples.insert(pixels.samples.end(), {200, 40, 90, 255});
  write_file(logo(), encoded(pixels, ".png"));
}

std::string Job::in(const std::string& name) const {
  return below(directory() + "/in", name);
}

std::string Job::gated(const std::string& name) const {
  return below(directory() + "/gated", name);
}

std::string Job::out(const std::string& name) const {
  return below(directory() + "/out", name);
}

void Job::add_picture(const std::string& name, unsigned seed) const {
  write_file(in(name), sample_picture(64, 48, ".jpg", seed));
}

std::vector<std::string> Job::add_pictures(unsigned count, int width, int height) const {
  const std::string bytes = sample_picture(width, height, ".jpg");
  std::vector<std::string> names;
  for (unsigned i = 0; i < count; ++i) {
    names.push_back("picture-" + std::to_string(1000 + i) + ".jpg");
    write_file(in(names.back()), bytes);
  }
  return names;
}

std::vector<std::string> Job::add_gated(unsigned count) const {
  std::vector<std::string> names;
  for (unsigned i = 0; i < count; ++i) {
    names.push_back("gated-" + std::to_string(1000 + i) + ".jpg");
    write_file(gated(names.back()), sample_picture(64, 48, ".jpg"));
  }
  return names;
}

std::size_t Job::at_gate() const {
  const auto is_begun = [](const auto& entry) {
    return entry.path().filename().string().starts_with("begun-");
  };
  return static_cast<std::size_t>(
      std::ranges::count_if(std::filesystem::directory_iterator(directory()), is_begun));
}

void Job::open_gate() const {
  write_file(directory() + "/gate-is-open", "");
}

std::string Job::supervisor() {
  return WM_SUPERVISOR;
}

Words Job::command(const Words& extra) const {
  Words words{supervisor(),
              "--workers",
              "2",
              "--output",
              out(),
              "--logo",
              logo(),
              "--gravity",
              "northwest",
              "--offset",
              std::to_string(mark_left) + "," + std::to_string(mark_top),
              "--opacity",
              std::to_string(mark_opacity)};
  words.insert(words.end(), extra.begin(), extra.end());
  return words;
}

Words Job::command_with_inputs(const Words& extra) const {
  Words words = command(extra);
  words.push_back(in());
  if (std::filesystem::exists(gated())) words.push_back(gated());
  return words;
}

ProgramOptions Job::options() const {
  ProgramOptions options;
  options.directory = directory();
  options.environment = {mark()};
  return options;
}

ProgramResult Job::run_command(const Words& words, ProgramOptions options) const {
  if (options.directory.empty()) options.directory = directory();
  options.environment.push_back(mark());
  return run_program(words, options);
}

ProgramResult Job::run(const Words& extra) const {
  return run_program(command_with_inputs(extra), options());
}

RunningProgram Job::start(const Words& extra) const {
  return RunningProgram(command_with_inputs(extra), options());
}

nlohmann::json Job::report() const {
  return nlohmann::json::parse(read_file(job_directory() + "/report.json"));
}

std::vector<LogLine> Job::log() const {
  return parse_log(read_file(log_file()));
}

std::vector<LogLine> Job::final_lines() const {
  std::vector<LogLine> lines = log();
  std::erase_if(lines, [](const LogLine& line) { return !line.is_final(); });
  return lines;
}

std::vector<pid_t> Job::workers(const std::string& name) const {
  return processes_with(mark(), name);
}

std::string ledger_fault(const Job& job, const ProgramResult& result) {
  const nlohmann::json report = job.report();
  const std::array parts{"marked", "unmarked", "up_to_date", "failed", "quarantined", "pending"};
  std::int64_t sum = 0;
  std::string columns = "inputs";
  for (const char* const part : parts) {
    sum += report.at(part).get<std::int64_t>();
    columns += std::string(", ") + part;
  }
  if (sum != report.at("inputs")) return "report.json does not add up: " + report.dump();

  const auto rows =
      journal_rows(job.job_directory(), "SELECT " + columns + ", exit_code FROM run ORDER BY id DESC");
  std::string in_report = std::to_string(report.at("inputs").get<std::int64_t>());
  std::string in_journal = rows.at(0).at(0);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    in_report += " " + std::to_string(report.at(parts[i]).get<std::int64_t>());
    in_journal += " " + rows.at(0).at(i + 1);
  }
  in_report += " " + std::to_string(result.exit_code);
  in_journal += " " + rows.at(0).back();
  if (in_report != in_journal) return "report.json: " + in_report + "; journal: " + in_journal;

  std::smatch said;
  const std::regex summary(
      R"((\d+) pictures?: (\d+) marked(?:, (\d+) unmarked)?(?:, (\d+) up to date)?(?:, (\d+) failed)?(?:, (\d+) quarantined)?(?:, (\d+) pending)?)");
  if (!std::regex_search(result.out, said, summary)) return "no summary: " + result.out;
  std::string in_summary;
  for (std::size_t i = 1; i < said.size(); ++i) in_summary += (said[i].matched ? said[i].str() : "0") + " ";
  in_summary += std::to_string(result.exit_code);
  return in_summary == in_report ? "" : "report.json: " + in_report + "; summary: " + in_summary;
}

}  // namespace wm::test
