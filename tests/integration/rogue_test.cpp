// A worker writes random bytes all over the shared memory while its siblings work. Nothing the supervisor
// reads there may make it crash, hang, write where it should not, or say what is not true.

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::set<std::string> everything_below(const fs::path& directory) {
  std::set<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) paths.insert(entry.path().string());
  return paths;
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
  const ProgramResult result = job.start({"--worker-program", hazard_worker(), "--workers", "3", "--retries",
                                          "20", "--timeout", std::to_string(2 * slowness) + "s"})
                                   .wait(1min * slowness);
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

}  // namespace
}  // namespace wm::test
