// A log that can never be written. In a program of its own, because the run waits for room for 10 s at its
// end.

#include <string>

#include "tests/support/catch.h"
#include "tests/support/job.h"

namespace wm::test {

TEST_CASE("a log on a full disk is reported, counted, and does not keep the job from its end") {
  const Job job;
  job.add_pictures(20);
  const ProgramResult result = job.run({"--log-file", "/dev/full"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("/dev/full") != std::string::npos);
  CHECK(result.err.find("No space left on device") != std::string::npos);
  CHECK(!result.timed_out);  // /dev/full never gets room
  CHECK(job.report().at("marked") == 20);
  CHECK(job.report().at("log_records").at("written") == 0);
  CHECK(job.report().at("log_records").at("dropped").get<int>() >= 20);
  CHECK(ledger_fault(job, result) == "");
}

}  // namespace wm::test
