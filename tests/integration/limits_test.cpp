// Where what is written does not fit: stdout on a full disk, and a limit on the sizes of files.

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

/// The command by a shell that first does something to itself.
ProgramResult run_after(const std::string& setting, const Job& job, Words words,
                        const std::string& redirection = "") {
  words.insert(words.begin(), {"/bin/bash", "-c", setting + "exec \"$@\"" + redirection, "bash"});
  return job.run_command(words);
}

TEST_CASE("whatever prints to a full disk says so and fails") {
  const Job job;
  job.add_picture("a.jpg");
  REQUIRE(job.run().exit_code == 0);
  const std::string program = Job::supervisor();
  const std::vector<Words> all{
      {program, "--help"},
      {program, "--version"},
      {program, "--list-presets"},
      {program, "crashes", job.out()},
      {program, "crashes", "--help"},
      {program, "doctor"},
      job.command_with_inputs({"--print-config"}),
      job.command_with_inputs({"--dry-run"}),
      job.command_with_inputs(),
      job.command_with_inputs({"--preview", "1", "--preview-file", job.directory() + "/sheet.png"}),
      {program, "preview", job.in("a.jpg"), "-o", job.directory() + "/p.png", "--logo", job.logo()}};
  for (const Words& words : all) {
    CAPTURE(words);
    const ProgramResult result = run_after("", job, words, " > /dev/full");
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Contains("standard output cannot be written: No space left on device"));
  }
  for (const std::string nobody : {" > >(exit)", " >&-"})  // nobody wants to read the summary
    CHECK(run_after("", job, job.command_with_inputs(), nobody).exit_code == 0);
  // But this was all that was wanted.
  CHECK(run_after("", job, {program, "report", "--json", "-", job.out()}, " >&-").exit_code == 1);
  CHECK(run_after("", job, {program, "crashes", job.out()}, " >&-").exit_code == 1);
}

TEST_CASE("a limit on the sizes of files that is too small for the job is named, and nothing is made") {
  const Job job;
  job.add_picture("a.jpg");
  const ProgramResult result = run_after("ulimit -f 20; ", job, job.command_with_inputs());
  CHECK(result.exit_code == 3);
  CHECK(result.signal == 0);
  CHECK_THAT(result.err, Contains("the limit on file sizes is 20480 bytes; raise it with ulimit -f"));
  CHECK_FALSE(fs::exists(job.out()));
}

TEST_CASE("an output beyond the limit on the sizes of files fails alone") {
  const Job job;
  job.add_picture("a.jpg");
  // Crash records must fit; 94 MB of pixels do not.
  write_file(job.in("large.tif"), sample_picture(5600, 5600, ".tif"));
  const ProgramResult result = run_after("ulimit -f 81920; ", job, job.command_with_inputs());
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("marked") == 1);
  CHECK(job.report().at("problems").at(0).at("kind") == "write_error");
  CHECK_THAT(job.report().at("problems").at(0).at("message").get<std::string>(), Contains("80 MiB"));
  CHECK(temporary_files_below(job.out()).empty());
}

}  // namespace
}  // namespace wm::test
