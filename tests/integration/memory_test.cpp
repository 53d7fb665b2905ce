// Large pictures at the same time: they wait for each other, and nothing is lost when one of them dies.

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/support/bombs.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/memory_group.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

// More than there is anywhere: such a picture runs when no other holds a grant.
const std::string everything = "asks-16000000-";

Words with_hazards(const Words& more) {
  Words words{"--worker-program", hazard_worker(), "--log-level", "debug"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// How many lines of the log so far say `phrase`.
std::size_t said(const Job& job, const std::string& phrase) {
  if (!fs::exists(job.log_file())) return 0;
  const std::string text = read_file(job.log_file());
  std::size_t count = 0;
  for (std::size_t at = text.find(phrase); at != std::string::npos; at = text.find(phrase, at + 1)) ++count;
  return count;
}

TEST_CASE("pictures that need everything are marked one after another, small ones meanwhile") {
  const Job job;
  for (int i = 0; i < 4; ++i) {
    write_file(job.gated(everything + "gated-" + std::to_string(i) + ".jpg"), sample_picture(64, 48, ".jpg"));
  }
  job.add_pictures(20);
  RunningProgram program = job.start(with_hazards({"--workers", "4"}));
  REQUIRE(wait_until([&] { return said(job, "asks for") >= 3; }));
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  REQUIRE(wait_until([&] { return files_below(job.out()).size() >= 20; }));
  CHECK(job.at_gate() == 1);
  job.open_gate();
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 24);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("a worker that dies with memory in hand gives it back") {
  const std::string death = GENERATE("abort", "exit", "hang");
  CAPTURE(death);
  const Job job;
  for (int i = 0; i < 3; ++i) {
    write_file(job.in(everything + "once-" + death + "-" + std::to_string(i) + ".jpg"),
               sample_picture(64, 48, ".jpg"));
  }
  for (int i = 0; i < 3; ++i) {
    write_file(job.in(everything + std::to_string(i) + ".jpg"), sample_picture(64, 48, ".jpg"));
  }
  const ProgramResult result = job.run(with_hazards({"--workers", "3", "--timeout", "1s"}));
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 6);
  // Tasks that waited for the dead have lost no attempt by it: their own deaths are all there are.
  CHECK(job.report().at("restarts") == 3);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("who waits for memory can be stopped") {
  const Job job;
  for (int i = 0; i < 3; ++i) {
    write_file(job.gated(everything + "gated-" + std::to_string(i) + ".jpg"), sample_picture(64, 48, ".jpg"));
  }
  RunningProgram program = job.start(with_hazards({"--workers", "3", "--grace", "1s"}));
  REQUIRE(wait_until([&] { return said(job, "asks for") >= 3 && job.at_gate() == 1; }));
  program.send(SIGTERM);
  const ProgramResult stopped = program.wait();
  CHECK(stopped.exit_code == 128 + SIGTERM);
  CHECK(job.report().at("pending") == 3);
  job.open_gate();
  const ProgramResult result = job.run(with_hazards({}));
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 3);
}

TEST_CASE("64 large pictures are marked where eight of them do not fit") {
  constexpr std::uint64_t machine = std::uint64_t{400} << 20;
  const auto group = MemoryGroup::make(machine);
  if (!group) skip("no control group with a memory limit can be made here");
  const Job job;
  const std::string picture = bombs::deep_png(1600, 1200);  // 15 MB, some 60 MB at its peak
  for (int i = 0; i < 64; ++i) write_file(job.in("large-" + std::to_string(100 + i) + ".png"), picture);
  const ProgramResult result =
      job.run_command(group->inside(job.command({"--workers", "8", "--png-compression", "1", job.in()})));
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 64);
  CHECK(job.report().at("restarts") == 0);
  CHECK(ledger_fault(job, result) == "");
}

}  // namespace
}  // namespace wm::test
