// Stopping a job, and asking it how it fares.

#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <map>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

/// A job whose files each take 300 ms.
class SlowJob {
 public:
  explicit SlowJob(int files = 60) {
    for (int i = 0; i < files; ++i) job_.add_picture("patience-" + std::to_string(100 + i) + ".jpg");
  }
  const Job& job() const { return job_; }
  static Words options(const Words& more = {}) {
    Words words{"--worker-program", hazard_worker()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  bool is_under_way() const {
    return wait_until([&] { return files_below(job_.out()).size() >= 2; });
  }

 private:
  Job job_;
};

TEST_CASE("SIGINT and SIGTERM finish the files in work, say so, and the next run goes on") {
  const SlowJob slow(12);
  const auto [signal, exit_code] = GENERATE(std::pair(SIGINT, 130), std::pair(SIGTERM, 143));
  RunningProgram program = slow.job().start(SlowJob::options());
  REQUIRE(slow.is_under_way());
  program.send(signal);
  const ProgramResult result = program.wait(20s);
  INFO(result.err);
  CHECK(result.exit_code == exit_code);
  CHECK(ledger_fault(slow.job(), result) == "");
  const auto report = slow.job().report();
  CHECK(report.at("pending") > 0);
  CHECK(report.at("marked") == files_below(slow.job().out()).size());
  CHECK(report.at("restarts") == 0);
  CHECK(journal_number(slow.job().job_directory(), "SELECT count(*) FROM file WHERE state = 'started'") == 0);
  CHECK(temporary_files_below(slow.job().out()).empty());
  CHECK(slow.job().workers("hazard-worker").empty());

  std::map<std::string, FileIdentity> published;
  for (const auto& name : files_below(slow.job().out())) published[name] = identity_of(slow.job().out(name));
  const ProgramResult next = slow.job().run();
  CHECK(next.exit_code == 0);
  CHECK(ledger_fault(slow.job(), next) == "");
  CHECK(slow.job().report().at("up_to_date") == published.size());
  for (const auto& [name, identity] : published) CHECK(identity_of(slow.job().out(name)) == identity);
}

TEST_CASE("a second signal stops at once and loses nothing that was done") {
  const Job job;
  for (int i = 0; i < 20; ++i) job.add_picture("first/picture-" + std::to_string(i) + ".jpg");
  for (int i = 0; i < 4; ++i) job.add_picture("then/hang-" + std::to_string(i) + ".jpg");
  Words words = job.command({"--worker-program", hazard_worker(), "--timeout", "0", "--grace", "10m"});
  words.insert(words.end(), {job.in("first"), job.in("then")});
  RunningProgram program(words, job.options());
  REQUIRE(wait_until([&] { return files_below(job.out()).size() == 20; }));
  program.send(SIGINT);
  REQUIRE(wait_until([&] { return read_file(job.log_file()).find("SIGINT") != std::string::npos; }));
  CHECK(!program.has_ended());
  program.send(SIGINT);
  const ProgramResult result = program.wait(10s * slowness);
  CHECK(result.exit_code == 130);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("marked") == 20);
  CHECK(job.report().at("pending") == 4);
  CHECK(job.workers("hazard-worker").empty());
  words = job.command();
  words.insert(words.end(), {job.in("first"), job.in("then")});
  CHECK(job.run_command(words).exit_code == 0);
  CHECK(job.report().at("marked") == 4);
  CHECK(job.report().at("up_to_date") == 20);
}

TEST_CASE("--grace bounds how long a signal waits for the files in work") {
  const Job job;
  job.add_picture("hang-1.jpg");
  job.add_picture("hang-2.jpg");
  RunningProgram program =
      job.start({"--worker-program", hazard_worker(), "--timeout", "0", "--grace", "1s"});
  REQUIRE(wait_until([&] { return read_file(job.log_file()).find("started with") != std::string::npos; }));
  program.send(SIGTERM);
  const ProgramResult result = program.wait(20s);
  CHECK(result.exit_code == 143);
  CHECK(job.report().at("pending") == 2);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("a signal before the first worker is ready leaves no trace") {
  const Job job;
  job.add_pictures(3);
  const std::string worker = job.directory() + "/worker";
  write_file(worker, "#!/bin/sh\nexec sleep 600\n");
  std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
  RunningProgram program = job.start({"--worker-program", worker});
  REQUIRE(wait_until([&] { return !job.workers("sleep").empty(); }));
  program.send(SIGINT);
  const ProgramResult result = program.wait(20s);
  CHECK(result.exit_code == 130);
  CHECK(!std::filesystem::exists(job.out()));
  CHECK(job.workers("sleep").empty());
}

TEST_CASE("a list of inputs that never ends does not hold up a signal") {
  const Job job;
  job.add_pictures(3);
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  const std::string names = job.in("picture-1000.jpg") + "\n" + job.in("picture-1001.jpg") + "\n";
  REQUIRE(::write(write_end.get(), names.data(), names.size()) == static_cast<ssize_t>(names.size()));
  Words words = job.command({"--files-from", "-"});
  ProgramOptions options = job.options();
  options.standard_input_fd = read_end.get();
  RunningProgram program(words, options);
  REQUIRE(wait_until([&] { return files_below(job.out()).size() == 2; }));
  program.send(SIGTERM);
  const ProgramResult result = program.wait(10s);
  CHECK(result.exit_code == 143);
  CHECK(job.report().at("marked") == 2);
}

TEST_CASE("SIGUSR1 puts one line about the state into the log") {
  const SlowJob slow(12);
  RunningProgram program = slow.job().start(SlowJob::options());
  REQUIRE(slow.is_under_way());
  const auto lines_about_state = [&] {
    const std::string log = read_file(slow.job().log_file());
    std::size_t count = 0;
    for (std::size_t at = log.find("/12"); at != std::string::npos; at = log.find("/12", at + 1)) ++count;
    return count;
  };
  program.send(SIGUSR1);
  CHECK(wait_until([&] { return lines_about_state() == 1; }, 5s));
  CHECK(program.wait().exit_code == 0);
  CHECK(lines_about_state() == 1);
}

}  // namespace
}  // namespace wm::test
