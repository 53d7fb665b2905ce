// A worker that does nothing but die.

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"

namespace wm::test {
namespace {

TEST_CASE("when every worker crashes on everything, the job stops within bounds and can go on") {
  const Job job;
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("abort-" + std::to_string(100 + i) + ".jpg");
    job.add_picture(names.back());
  }
  // How pauses grow is a matter of RestartPolicy; here they are short.
  const ProgramResult result = job.run(
      {"--worker-program", hazard_worker(), "--workers", "1", "--retries", "0", "--restart-pause", "1ms"});
  INFO(result.err);
  CHECK(!result.timed_out);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("11 workers died one after another without finishing a file") != std::string::npos);
  CHECK(job.report().at("quarantined") == 11);
  CHECK(job.report().at("restarts") == 11);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("pending") > 0);
  const ProgramResult next = job.run({"--retry-quarantined"});
  CHECK(next.exit_code == 0);
  CHECK(ledger_fault(job, next) == "");
  CHECK(files_below(job.out()) == names);
}

TEST_CASE("files that crash twice do not end the job, however many last attempts follow each other") {
  const Job job;
  constexpr int each = 24;  // without success in between, ten deaths of one worker would be the limit
  for (int i = 0; i < each; ++i) {
    job.add_picture(std::to_string(100 + i) + "-abort.jpg");
    job.add_picture(std::to_string(100 + i) + "-good.jpg");
  }
  const ProgramResult result =
      job.run({"--worker-program", hazard_worker(), "--workers", "1", "--retries", "1"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("marked") == each);
  CHECK(job.report().at("quarantined") == each);
  CHECK(ledger_fault(job, result) == "");
}

}  // namespace
}  // namespace wm::test
