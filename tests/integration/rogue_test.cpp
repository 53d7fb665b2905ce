// A worker writes random bytes all over the shared memory while its siblings work. Nothing the supervisor
// reads there may make it crash, hang, write where it should not, or say what is not true.

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

std::set<std::string> everything_below(const fs::path& directory) {
  std::set<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) paths.insert(entry.path().string());
  return paths;
}

/// Whether every input has one outcome, says so once, and a marked one has a whole output and no other
/// else has one.
void check_outcomes(const Job& job, const std::vector<std::string>& names, const ProgramResult& result) {
  const auto rows =
      journal_rows(job.job_directory(), "SELECT input, state, kind, message FROM file ORDER BY input");
  std::string failures;
  for (const auto& row : rows) {
    if (row[1] != "marked") failures += "\n" + row[0] + ": " + row[1] + ", " + row[2] + ": " + row[3];
  }
  CAPTURE(failures);
  REQUIRE(rows.size() == names.size());
  std::vector<std::string> marked;
  std::map<std::string, int> states;
  for (const auto& row : rows) {
    ++states[row[1]];
    INFO(row[0] << " is " << row[1] << " " << row[2]);
    if (row[1] == "marked") {
      marked.push_back(fs::path(row[0]).filename().string());
    } else {
      CHECK((row[1] == "failed" || row[1] == "quarantined"));
      CHECK(!row[2].empty());
    }
  }
  CHECK(files_below(job.out()) == marked);
  for (const std::string& name : marked) {
    INFO(name);
    CHECK(is_whole_picture(read_file(job.out(name))));
  }
  CHECK(temporary_files_below(job.out()).empty());
  CHECK(ledger_fault(job, result) == "");
  const auto report = job.report();
  for (const char* const state : {"marked", "failed", "quarantined"})
    CHECK(report.at(state) == states[state]);

  std::set<std::string> finals;
  for (const LogLine& line : job.final_lines()) {
    const std::string message = line.message.substr(line.message.find(' ') + 1);
    const std::string name = message.substr(0, message.find(".jpg"));
    INFO(line.message);
    CHECK(finals.insert(name).second);
  }
  CHECK(static_cast<int>(finals.size()) == states["marked"] + states["failed"] + states["quarantined"]);
}

TEST_CASE("a worker that writes anywhere into the shared memory breaks neither job nor ledger") {
  const Job job;
  auto names = job.add_pictures(60, 160, 120);
  const int first_seed = GENERATE(0, 10, 20, 30, 40, 50, 60, 70);
  for (int seed = first_seed; seed < first_seed + 3; ++seed) {  // three of them in a job
    names.push_back("rogue-" + std::to_string(seed) + ".jpg");
    job.add_picture(names.back());
  }
  std::ranges::sort(names);
  const auto before = everything_below(job.directory());
  const ProgramResult result = job.run({"--worker-program", hazard_worker(), "--workers", "3", "--retries",
                                        "20", "--timeout", std::to_string(2 * slowness) + "s"});
  INFO("seed " << first_seed << ": " << result.err);
  REQUIRE(!result.timed_out);
  CHECK(result.signal == 0);
  CHECK(result.exit_code == 0);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("marked") == names.size());
  CHECK(files_below(job.out()) == names);
  CHECK(temporary_files_below(job.out()).empty());
  const auto whole = std::ranges::count_if(
      names, [&](const std::string& name) { return is_whole_picture(read_file(job.out(name))); });
  CHECK(whole == std::ssize(names));
  CHECK(journal_number(job.job_directory(),
                       "SELECT count(DISTINCT input) FROM file WHERE state = 'marked'") == std::ssize(names));

  std::set<std::string> finals;
  for (const LogLine& line : job.final_lines())
    CHECK(finals.insert(line.message.substr(0, line.message.rfind(" in "))).second);
  CHECK(finals.size() == names.size());

  for (const std::string& path : everything_below(job.directory())) {
    const bool expected = before.contains(path) || path.starts_with(job.out()) ||
                          fs::path(path).filename().string().starts_with("rogue-");
    INFO(path);
    CHECK(expected);
  }
  CHECK(job.workers("").empty());
}

TEST_CASE("a task that the shared memory gives to two workers has the outcome of the one that publishes it") {
  const Job job;
  const std::string name = GENERATE(as<std::string>{}, "twice-done.jpg", "twice-begun.jpg");
  auto names = job.add_pictures(10, 160, 120);
  names.push_back(name);
  job.add_picture(name);
  const ProgramResult result =
      job.run({"--worker-program", hazard_worker(), "--workers", "2", "--retries", "2"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  check_outcomes(job, names, result);
  CHECK(job.report().at("marked") == names.size());
  const auto log = job.log();
  CHECK(std::ranges::count(log, "the shared memory is damaged; all workers are started again",
                           &LogLine::message) >= 1);
}

TEST_CASE("an error after the output has got its name fails no picture and starts no worker again") {
  const Job job;
  auto names = job.add_pictures(6);
  names.push_back("late-error.jpg");
  job.add_picture(names.back());
  const ProgramResult result =
      job.run({"--worker-program", hazard_worker(), "--workers", "2", "--retries", "0"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  check_outcomes(job, names, result);
  CHECK(job.report().at("marked") == names.size());
  CHECK(job.report().at("restarts") == 0);
  CHECK(read_file(job.log_file())
            .find("late-error.jpg is complete, although its worker reported: cannot remove") !=
        std::string::npos);
}

TEST_CASE("a thread that haunts the shared memory while everybody works breaks neither job nor ledger") {
  const Job job;
  auto names = job.add_pictures(60, 200, 150);
  const int seed = GENERATE(range(0, 24));
  const int retries = GENERATE(0, 2);
  for (int i = 0; i < 4; ++i) {
    names.push_back("haunted-" + std::to_string(seed) + "-" + std::to_string(i) + ".jpg");
    job.add_picture(names.back());
  }
  std::ranges::sort(names);
  const auto before = everything_below(job.directory());
  const ProgramResult result =
      job.run({"--worker-program", hazard_worker(), "--workers", "3", "--retries", std::to_string(retries),
               "--timeout", std::to_string(2 * slowness) + "s"});
  INFO("seed " << seed << ", " << retries << " retries: " << result.err << result.out);
  REQUIRE(!result.timed_out);
  CHECK(result.signal == 0);
  CHECK((result.exit_code == 0 || result.exit_code == 1));
  check_outcomes(job, names, result);
  // Only files that may have been in progress count an attempt: at most one for each worker.
  const auto log = job.log();
  const auto damages = std::ranges::count(log, "the shared memory is damaged; all workers are started again",
                                          &LogLine::message);
  const auto overdue = std::ranges::count_if(log, [](const LogLine& line) {
    return line.level == "CRITICAL" && line.message.find("exceeded its time") != std::string::npos;
  });
  CHECK(job.report().at("quarantined").get<std::int64_t>() <= 3 * damages + overdue);
  for (const std::string& path : everything_below(job.directory())) {
    const bool expected = before.contains(path) || path.starts_with(job.out()) ||
                          fs::path(path).filename().string().starts_with("haunted-");
    INFO(path);
    CHECK(expected);
  }
  CHECK(job.workers("").empty());
}

}  // namespace
}  // namespace wm::test
