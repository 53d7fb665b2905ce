// Inputs that take their workers down each time are listed, and kept where the user wants them.

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

std::string list_of(const Job& job) {
  return job.job_directory() + "/quarantine.txt";
}

Lines lines_of(const std::string& path) {
  std::istringstream text(read_file(path));
  Lines lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("quarantined inputs are listed over runs until they are not quarantined any more") {
  const Job job;
  job.add_pictures(4);
  job.add_picture("abort-1.jpg");
  job.add_picture("abort\t2.jpg");
  const std::string kept = job.in("kept");  // among the inputs, and yet none of them
  const Words options{"--worker-program", hazard_worker(), "--recursive", "--quarantine", kept};

  ProgramResult result = job.run(options);
  INFO(result.err);
  CHECK(result.exit_code == 1);
  const Lines lines = lines_of(list_of(job));
  REQUIRE(lines.size() == 2);
  const bool first = lines[0].find("abort-1") != std::string::npos;
  CHECK(lines[first ? 0 : 1].starts_with(job.in("abort-1.jpg") + "\tcrash\t2\t2"));
  CHECK(lines[first ? 1 : 0].starts_with(job.in("abort\\t2.jpg") + "\tcrash\t2\t2"));
  for (const std::string& line : lines) CHECK(std::ranges::count(line, '\t') == 4);
  const auto names = files_below(kept);
  REQUIRE(names.size() == 2);
  CHECK(identity_of(kept + "/" + names[0]).inode == identity_of(job.in("abort\t2.jpg")).inode);
  CHECK(identity_of(kept + "/" + names[1]).inode == identity_of(job.in("abort-1.jpg")).inode);

  result = job.run(options);  // not tried again, still listed
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("inputs") == 6);
  CHECK(lines_of(list_of(job)) == lines);
  CHECK(files_below(kept) == names);

  result = job.run({"--retry-quarantined", "--recursive", "--quarantine", kept});  // the decoder was repaired
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK_FALSE(fs::exists(list_of(job)));
  CHECK(files_below(kept) == names);
}

TEST_CASE("an input is in the list as soon as it is quarantined") {
  const Job job;
  job.add_picture("abort.jpg");
  (void)job.add_gated(4);
  RunningProgram program = job.start({"--worker-program", hazard_worker(), "--retries", "0"});
  CHECK(wait_until([&] { return lines_of(list_of(job)).size() == 1 || program.has_ended(); }));
  CHECK_FALSE(program.has_ended());
  job.open_gate();
  CHECK(program.wait().exit_code == 1);
  CHECK(lines_of(list_of(job)).size() == 1);
}

TEST_CASE("a quarantine directory that cannot be made is refused at once") {
  const Job job;
  job.add_pictures(1);
  write_file(job.directory() + "/file", "");
  const ProgramResult result = job.run({"--quarantine", job.directory() + "/file/kept"});
  INFO(result.err);
  CHECK(result.exit_code == 2);
  CHECK(result.err.find("--quarantine") != std::string::npos);
  CHECK_FALSE(fs::exists(job.out()));
}

}  // namespace
}  // namespace wm::test
