// Reports of deaths that limits bring about: a worker that cannot start, takes too much memory, takes no task
// any more, or hangs.

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/memory_group.h"
#include "tests/support/processes.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a worker that cannot start, and one that takes too much memory, are reported") {
  const Job boots_badly;
  boots_badly.add_picture("a.jpg");
  ProgramOptions options = boots_badly.options();
  options.environment.push_back("WM_HAZARD_BOOT=1");
  Words words = boots_badly.command(with_hazard_worker({"--workers", "1"}));
  words.push_back(boots_badly.in());
  CHECK(run_program(words, options).exit_code == 3);
  const auto index = crash_index(boots_badly);
  REQUIRE_FALSE(index.empty());
  const CrashReport boot = crash_report(boots_badly, index.front()["id"]);
  CHECK(boot.json["kind"] == "boot");
  CHECK(boot.json["task"].is_null());

  const Job greedy;
  greedy.add_picture("greedy.jpg");
  greedy.add_picture("good.jpg");
  CHECK(greedy.run(with_hazard_worker({"--workers", "1", "--retries", "0", "--memory-limit", "200M"}))
            .exit_code == 1);
  const CrashReport memory = crash_report_on(greedy, greedy.in("greedy.jpg"));
  CHECK(memory.json["kind"] == "memory_limit");
  CHECK(memory.json["worker"]["bytes"] > 100'000'000);
  CHECK(memory.json["hang"]["looks"].dump().find("behave_as_named") != std::string::npos);
}

TEST_CASE("a worker that the kernel killed for want of memory is reported, with its size") {
  const auto group = MemoryGroup::make(std::uint64_t{256} << 20);
  if (!group) skip("no control group with a limit of memory can be made here");
  const Job job;
  const auto names = job.add_pictures(10);
  job.add_picture("greedy.jpg");
  Words words =
      job.command(with_hazard_worker({"--workers", "2", "--retries", "0", "--memory-limit", "none"}));
  words.push_back(job.in());
  const ProgramResult result = run_program(group->inside(words), job.options());
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result).empty());
  CHECK(job.report()["marked"] == names.size());
  const CrashReport report = crash_report_on(job, job.in("greedy.jpg"));
  CHECK(report.json["wait_status"]["signal"] == SIGKILL);
  CHECK(report.json["kind"] == "out_of_memory");
  CHECK(report.json["worker"]["bytes"] > 50'000'000);
  CHECK(report.text.find("memory") != std::string::npos);
  CHECK(job.report()["problems"][0]["kind"] == "out_of_memory");
}

TEST_CASE("a worker that takes no task any more is killed and reported, though it had no file in progress") {
  const Job job;
  job.add_pictures(1);
  const std::string list = job.directory() + "/list";
  REQUIRE(::mkfifo(list.c_str(), 0600) == 0);
  const RunningProgram program(job.command({"--timeout", "1s", "--workers", "1", "--files-from", list}),
                               job.options());
  std::ofstream feed(list);
  feed << job.in("picture-1000.jpg") << std::endl;
  REQUIRE(wait_until([&] { return files_below(job.out()).size() == 1; }, patience));
  const auto workers = job.workers();
  REQUIRE(workers.size() == 1);
  ::kill(workers.front(), SIGSTOP);
  job.add_picture("later.jpg");
  feed << job.in("later.jpg") << std::endl;
  REQUIRE(wait_until([&] { return files_below(job.out()).size() == 2; }, patience));
  feed.close();
  REQUIRE(wait_until([&] { return program.has_ended(); }, patience));
  const auto index = crash_index(job);
  REQUIRE(index.size() == 1);
  const CrashReport report = crash_report(job, index.front()["id"]);
  CHECK(report.json["kind"] == "unresponsive");
  CHECK(report.json["task"].is_null());
  CHECK(report.json["files"].back()["input"] == job.in("picture-1000.jpg"));
  CHECK(report.text.find("took no task") != std::string::npos);
}

TEST_CASE(
    "two snapshots are taken of a hang before it is killed: they tell spinning from waiting, and where") {
  const Job job;
  job.add_picture("busy.jpg");
  job.add_picture("hang.jpg", 1);
  job.add_picture("good.jpg", 2);
  job.add_picture("deaf.jpg", 3);
  const ProgramResult result =
      job.run(with_hazard_worker({"--workers", "2", "--retries", "0", "--timeout", "1s"}));
  CHECK(result.exit_code == 1);
  const CrashReport busy = crash_report_on(job, job.in("busy.jpg"));
  CHECK(busy.json["kind"] == "timeout");
  CAPTURE(busy.json["hang"]["outside"].dump(1), busy.text);
  CHECK(busy.json["hang"]["verdict"] == "spinning");
  CHECK(busy.json["hang"]["busiest_tid"] == busy.json["worker"]["pid"]);
  CHECK(busy.json["hang"]["ms_between"] >= 1000);
  REQUIRE(busy.json["hang"]["looks"].size() == 2);
  CHECK(busy.json["hang"]["looks"][1].dump().find("behave_as_named") != std::string::npos);
  const CrashReport hang = crash_report_on(job, job.in("hang.jpg"));
  CHECK(hang.json["hang"]["verdict"] == "waiting");
  REQUIRE(hang.json["hang"]["looks"].size() == 2);
  CHECK(hang.json["hang"]["looks"][1]["threads"][0].dump().find("pause") != std::string::npos);
  const CrashReport deaf = crash_report_on(job, job.in("deaf.jpg"));
  CHECK(deaf.json["kind"] == "timeout");
  CHECK(deaf.json["hang"]["outside"].dump().find("state S") != std::string::npos);
}

}  // namespace
}  // namespace wm::test
