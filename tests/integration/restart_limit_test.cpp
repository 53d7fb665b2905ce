// Workers that die one after another: because of the files, or because they cannot live.

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "common/kill_point/kill_point.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

TEST_CASE("when every file takes its worker down, each one is tried and the job comes to its end") {
  const Job job;
  for (int i = 0; i < 25; ++i) job.add_picture("abort-" + std::to_string(100 + i) + ".jpg");
  const ProgramResult result =
      job.run({"--worker-program", hazard_worker(), "--workers", "1", "--retries", "0"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("quarantined") == 25);
  CHECK(job.report().at("pending") == 0);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("workers that die before they take a file end the job within bounds, and it can go on") {
  if (!with_kill_points) skip("this build has no kill points");
  const Job job;
  const auto names = job.add_pictures(5);
  std::string plan;  // each entry strikes once
  for (int i = 0; i < 20; ++i) plan += (plan.empty() ? "" : ",") + std::string("boot.notified=abort");
  ProgramOptions options = job.options();
  const std::string struck = job.directory() + "/struck";
  std::filesystem::create_directory(struck);
  options.environment.push_back("WM_KILL_DIR=" + struck);
  options.environment.push_back("WM_KILL_PLAN=" + plan);
  // How pauses grow is a matter of RestartPolicy; here they are short.
  Words words = job.command({"--workers", "1", "--retries", "0", "--restart-pause", "1ms"});
  words.push_back(job.in());
  const ProgramResult result = job.run_command(words, options);
  INFO(result.err);
  CHECK(!result.timed_out);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("11 workers died one after another while they had no file in hand") !=
        std::string::npos);
  CHECK(job.report().at("restarts") == 11);
  CHECK(job.report().at("pending") == 5);
  CHECK(ledger_fault(job, result) == "");
  const ProgramResult next = job.run();
  CHECK(next.exit_code == 0);
  CHECK(ledger_fault(job, next) == "");
  CHECK(files_below(job.out()) == names);
}

TEST_CASE("a long series of files that take workers down does not keep the others from being marked") {
  const Job job;
  constexpr int good = 30;
  for (int i = 0; i < 22; ++i) job.add_picture("a-abort-" + std::to_string(100 + i) + ".jpg");
  for (int i = 0; i < 3; ++i) job.add_picture("b-hang-" + std::to_string(i) + ".jpg");
  job.add_pictures(good);
  const ProgramResult result = job.run({"--worker-program", hazard_worker(), "--workers", "2", "--timeout",
                                        std::to_string(2 * slowness) + "s", "--retries", "1"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("marked") == good);
  CHECK(job.report().at("quarantined") == 25);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("last attempts run beside each other") {
  const Job job;
  job.add_pictures(4);
  for (int i = 0; i < 3; ++i) job.add_picture("relapse-" + std::to_string(i) + ".jpg");
  RunningProgram program =
      job.start({"--worker-program", hazard_worker(), "--workers", "2", "--timeout", "0", "--retries", "1"});
  // The first attempts crash, the second ones wait at the gate.
  CHECK(wait_until([&] { return job.at_gate() == 2; }));
  job.open_gate();
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 7);
  CHECK(job.report().at("retries") == 3);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("failed attempts are remembered by the next run, which tries all other files first") {
  const Job job;
  job.add_picture("abort.jpg");
  (void)job.add_gated(2);
  const Words options{
      "--worker-program", hazard_worker(), "--workers", "2", "--timeout", "0", "--retries", "1"};
  Words first = options;
  first.insert(first.end(), {"--grace", "1s"});
  RunningProgram program = job.start(first);
  REQUIRE(wait_until([&] {
    return job.at_gate() == 2 && read_file(job.log_file()).find("it is tried again") != std::string::npos;
  }));
  program.send(SIGTERM);
  CHECK(program.wait().exit_code == 143);
  const auto rows =
      journal_rows(job.job_directory(),
                   "SELECT state, attempts, kind FROM file WHERE CAST(input AS TEXT) LIKE '%abort.jpg'");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0] == std::vector<std::string>{"pending", "1", "crash"});
  CHECK(journal_number(job.job_directory(),
                       "SELECT count(*) FROM file WHERE state = 'pending' AND attempts = 0") == 2);

  job.open_gate();
  job.add_pictures(5);
  Words second = options;
  second.insert(second.end(), {"--workers", "1"});
  const ProgramResult result = job.run(second);
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("marked") == 7);
  CHECK(job.report().at("restarts") == 1);
  REQUIRE(job.report().at("problems").size() == 1);
  CHECK(job.report().at("problems")[0].at("attempts") == 2);
  const auto lines = job.final_lines();
  REQUIRE(!lines.empty());
  CHECK(lines.back().message.starts_with("quarantined "));
  CHECK(ledger_fault(job, result) == "");
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
