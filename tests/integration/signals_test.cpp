// Stopping a job, and asking it how it fares.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

bool has_logged(const Job& job, const std::string& words) {
  return wait_until([&] { return read_file(job.log_file()).find(words) != std::string::npos; });
}

/// Starts a job of some files that are marked and eight that wait, and returns once two of these are in
/// progress.
void start_gated(const Job& job, std::optional<RunningProgram>& program, const Words& more = {}) {
  (void)job.add_pictures(4);
  (void)job.add_gated(8);
  Words words = job.command({"--worker-program", hazard_worker(), "--timeout", "0"});
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {job.in(), job.gated()});
  program.emplace(words, job.options());
  REQUIRE(wait_until([&] { return job.at_gate() == 2 && files_below(job.out()).size() == 4; }));
}

TEST_CASE("SIGINT and SIGTERM finish the files in progress, say so, and the next run goes on") {
  const Job job;
  const auto [signal, exit_code] = GENERATE(std::pair(SIGINT, 130), std::pair(SIGTERM, 143));
  std::optional<RunningProgram> program;
  start_gated(job, program, {"--grace", "10m"});
  program->send(signal);
  REQUIRE(has_logged(job, "files in progress are finished"));
  CHECK(!program->has_ended());
  job.open_gate();
  const ProgramResult result = program->wait();
  INFO(result.err);
  CHECK(result.err.find("finishing 2 pictures (up to 10 min); a second signal stops at once\n") !=
        std::string::npos);
  CHECK(result.exit_code == exit_code);
  CHECK(ledger_fault(job, result) == "");
  const auto report = job.report();
  CHECK(report.at("pending") == 6);
  CHECK(report.at("marked") == 6);
  CHECK(job.at_gate() == 2);  // nothing was begun after the signal
  CHECK(report.at("restarts") == 0);
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file WHERE state = 'started'") == 0);
  CHECK(temporary_files_below(job.out()).empty());
  CHECK(job.workers("hazard-worker").empty());

  std::map<std::string, FileIdentity> published;
  for (const auto& name : files_below(job.out())) published[name] = identity_of(job.out(name));
  CHECK(published.size() == 6);
  const ProgramResult next = job.run();
  CHECK(next.exit_code == 0);
  CHECK(ledger_fault(job, next) == "");
  CHECK(job.report().at("up_to_date") == published.size());
  for (const auto& [name, identity] : published) CHECK(identity_of(job.out(name)) == identity);
}

TEST_CASE("a second signal stops at once and loses nothing that was done") {
  const Job job;
  std::optional<RunningProgram> program;
  start_gated(job, program, {"--grace", "10m"});
  program->send(SIGINT);
  REQUIRE(has_logged(job, "SIGINT"));
  CHECK(!program->has_ended());
  program->send(SIGINT);
  // The gate stays closed, and the grace is longer than the test may take.
  const ProgramResult result = program->wait();
  CHECK(!result.timed_out);
  INFO(result.err);
  CHECK(result.err.find("\nwm-supervisor: stopping now; 2 pictures in progress") != std::string::npos);
  CHECK(result.exit_code == 130);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("marked") == 4);
  CHECK(job.report().at("pending") == 8);
  CHECK(job.workers("hazard-worker").empty());
  CHECK(job.run().exit_code == 0);
  CHECK(job.report().at("marked") == 8);
  CHECK(job.report().at("up_to_date") == 4);
}

ProgramOptions in_own_group(const Job& job) {
  ProgramOptions options = job.options();
  options.own_group = true;
  return options;
}

void send_to_group(const RunningProgram& program, int signal) {
  REQUIRE(::kill(-program.pid(), signal) == 0);
}

TEST_CASE("Ctrl-C twice, and Ctrl-\\, reach the workers, too, and are no crash of anybody") {
  const Job job;
  const auto [signals, exit_code] =
      GENERATE(std::pair(std::vector{SIGINT, SIGINT}, 130), std::pair(std::vector{SIGQUIT}, 131),
               std::pair(std::vector{SIGINT, SIGQUIT}, 130));
  job.add_pictures(3);
  (void)job.add_gated(4);
  Words words = job.command({"--worker-program", hazard_worker(), "--timeout", "0", "--grace", "10m"});
  words.insert(words.end(), {job.in(), job.gated()});
  RunningProgram program(words, in_own_group(job));
  REQUIRE(wait_until([&] { return job.at_gate() == 2 && files_below(job.out()).size() == 3; }));
  for (const int signal : signals) {
    CHECK(!program.has_ended());
    send_to_group(program, signal);
    REQUIRE(has_logged(job, "stopped by SIG"));
  }
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK(!result.timed_out);
  CHECK(result.signal == 0);
  CHECK(result.exit_code == exit_code);
  CHECK(job.report().at("marked") == 3);
  CHECK(job.report().at("pending") == 4);
  CHECK(ledger_fault(job, result) == "");
  for (const LogLine& line : job.log()) {
    INFO(line.message);
    CHECK(line.level != "CRITICAL");
    CHECK(line.level != "ERROR");
  }
  CHECK(crash_index(job).empty());
  CHECK(journal_number(
            job.job_directory(),
            "SELECT count(*) FROM file WHERE state <> 'marked' AND (state <> 'pending' OR attempts > 0 "
            "OR interrupted > 0)") == 0);
  CHECK(job.workers("hazard-worker").empty());
  job.open_gate();
  CHECK(job.run({"--worker-program", hazard_worker()}).exit_code == 0);
}

TEST_CASE("time in which the job was stopped and continued is nobody's") {
  const Job job;
  const int stop = GENERATE(SIGSTOP, SIGTSTP);
  const bool ends = GENERATE(false, true);  // as `kill %1` does in a shell: SIGTERM, then SIGCONT
  CAPTURE(stop, ends);
  job.add_picture("fault-gate@encode.jpg");
  (void)job.add_gated(1);
  constexpr auto pause = 10s;  // longer than the deadline, and than all limits on workers that hang
  Words words = job.command({"--worker-program", hazard_worker(), "--timeout", "8s", "--retries", "0"});
  words.insert(words.end(), {job.in(), job.gated()});
  RunningProgram program(words, in_own_group(job));
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  send_to_group(program, stop);
  std::this_thread::sleep_for(pause);
  if (ends) send_to_group(program, SIGTERM);
  send_to_group(program, SIGCONT);
  REQUIRE(has_logged(job, "stood still for "));
  job.open_gate();
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK(result.exit_code == (ends ? 128 + SIGTERM : 0));
  const auto report = job.report();
  CHECK(report.at("marked") == 2);
  CHECK(report.at("restarts") == 0);
  // Without the pause, and no picture took longer than the job: durations are compared with each other only.
  const auto job_s = report.at("elapsed_s").get<double>();
  const double pause_s = std::chrono::duration<double>(pause).count();
  CHECK(job_s + 0.9 * pause_s < result.elapsed.count());
  CHECK(report.at("stages").at("encode").at("total_s").get<double>() <= 2 * job_s);
  CHECK(static_cast<double>(journal_number(job.job_directory(), "SELECT max(elapsed_us) FROM file")) <=
        1e6 * job_s);
}

TEST_CASE("a worker that alone is stopped has no time of its own") {
  const Job job;
  (void)job.add_gated(1);
  RunningProgram program =
      job.start({"--worker-program", hazard_worker(), "--timeout", "1s", "--retries", "0"});
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  for (const pid_t worker : job.workers("hazard-worker")) ::kill(worker, SIGSTOP);
  const ProgramResult result = program.wait();
  CHECK(result.exit_code == 1);
  REQUIRE(job.report().at("problems").size() == 1);
  CHECK(job.report().at("problems")[0].at("kind") == "timeout");
}

TEST_CASE("--grace bounds how long a signal waits for the files in progress") {
  const Job job;
  (void)job.add_gated(2);
  RunningProgram program =
      job.start({"--worker-program", hazard_worker(), "--timeout", "0", "--grace", "1s"});
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  program.send(SIGTERM);
  const ProgramResult result = program.wait();  // the gate stays shut
  CHECK(!result.timed_out);
  CHECK(result.exit_code == 143);
  CHECK(result.err.find("SIGTERM") != std::string::npos);
  CHECK(job.report().at("pending") == 2);
  CHECK(job.workers("hazard-worker").empty());
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
  const ProgramResult result = program.wait();
  CHECK(!result.timed_out);
  CHECK(result.exit_code == 130);
  CHECK(!std::filesystem::exists(job.out()));
  CHECK(job.workers("sleep").empty());
}

TEST_CASE("a signal before the first worker is ready leaves an existing job as it was") {
  const Job job;
  job.add_pictures(3);
  REQUIRE(job.run().exit_code == 0);
  const std::string report = read_file(job.job_directory() + "/report.json");
  const std::string status = read_file(job.job_directory() + "/status.json");
  const std::string journal = read_file(job.job_directory() + "/job.db");
  const std::string worker = job.directory() + "/worker";
  write_file(worker, "#!/bin/sh\nexec sleep 600\n");
  std::filesystem::permissions(worker, std::filesystem::perms::owner_all);
  RunningProgram program = job.start({"--worker-program", worker, "--quality", "50"});
  REQUIRE(wait_until([&] { return !job.workers("sleep").empty(); }));
  // It holds the job, and what the last run has written is not its status.
  CHECK(job.run().exit_code == 75);
  const ProgramResult asked = job.run_command({Job::supervisor(), "status", job.out()});
  CHECK(asked.exit_code == 0);
  CHECK(asked.out.starts_with("starting: "));
  program.send(SIGINT);
  const ProgramResult result = program.wait();
  CHECK(!result.timed_out);
  CHECK(result.exit_code == 130);
  CHECK(job.workers("sleep").empty());
  CHECK(read_file(job.job_directory() + "/report.json") == report);
  CHECK(read_file(job.job_directory() + "/status.json") == status);
  CHECK(read_file(job.job_directory() + "/job.db") == journal);
  CHECK(job.run().exit_code == 0);
  CHECK(job.report()["up_to_date"] == 3);
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
  const ProgramResult result = program.wait();  // the list is still open
  CHECK(!result.timed_out);
  CHECK(result.exit_code == 143);
  CHECK(job.report().at("marked") == 2);
}

TEST_CASE("a list that nobody writes yet is waited for, and does not hold up a signal") {
  const Job job;
  job.add_pictures(1);
  const std::string list = job.directory() + "/list";
  REQUIRE(::mkfifo(list.c_str(), 0600) == 0);
  RunningProgram program(job.command({"--files-from", list}), job.options());
  SECTION("a signal comes first") {
    REQUIRE(wait_until([&] { return std::filesystem::exists(job.job_directory() + "/job.db"); }));
    program.send(SIGTERM);
    const ProgramResult result = program.wait();
    CHECK(!result.timed_out);
    CHECK(result.exit_code == 143);
  }
  SECTION("somebody writes it") {
    write_file(list, job.in("picture-1000.jpg") + "\n");
    CHECK(program.wait().exit_code == 0);
    CHECK(job.report().at("marked") == 1);
  }
}

TEST_CASE("SIGUSR1 puts one line about the state into the log") {
  const Job job;
  std::optional<RunningProgram> program;
  start_gated(job, program);
  const auto lines_about_state = [&] {
    const std::string log = read_file(job.log_file());
    std::size_t count = 0;
    for (std::size_t at = log.find("/12"); at != std::string::npos; at = log.find("/12", at + 1)) ++count;
    return count;
  };
  program->send(SIGUSR1);
  CHECK(wait_until([&] { return lines_about_state() > 0; }));
  job.open_gate();
  CHECK(program->wait().exit_code == 0);
  CHECK(lines_about_state() == 1);
}

}  // namespace
}  // namespace wm::test
