// Jobs from a configuration file, and what is said without doing it.

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/own_shared_memory.h"
#include "tests/support/processes.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

/// Its workers alone: while one of them ends, LeakSanitizer starts a process that looks like it.
std::vector<pid_t> children(const Job& job, const RunningProgram& supervisor) {
  std::vector<pid_t> pids = job.workers("hazard-worker");
  std::erase_if(pids, [&](pid_t pid) { return parent_of(pid) != supervisor.pid(); });
  return pids;
}

void write_job_file(const Job& job, const std::string& input = "in") {
  write_file(
      job.directory() + "/wm-supervisor.toml",
      "input = [\"" + input +
          "\"]\noutput = \"out\"\n\n[[mark]]\nlogo = \"logo.png\"\ngravity = \"northwest\"\nopacity = 0.5\n");
}

TEST_CASE("--workers 8 in a folder with a configuration file runs that job with eight processes") {
  const Job job;
  // Each worker has to find something to do, however long the last one takes to start.
  (void)job.add_gated(20);
  write_job_file(job, "gated");
  const OwnSharedMemory shared_memory;
  if (!shared_memory.obstacle().empty()) skip_part(shared_memory.obstacle());
  RunningProgram running(
      shared_memory.around({Job::supervisor(), "--workers", "8", "--worker-program", hazard_worker()}),
      job.options());
  std::size_t most = 0;
  const auto count = [&] { most = std::max(most, children(job, running).size()); };
  CHECK(wait_until([&] {
    count();
    return job.at_gate() == 8 || running.has_ended();
  }));
  count();
  CHECK(named_shared_memory_of(running.pid()) == std::vector<std::string>{});
  for (const pid_t worker : children(job, running))
    CHECK(named_shared_memory_of(worker) == std::vector<std::string>{});
  job.open_gate();
  CHECK(wait_until([&] {
    count();
    return running.has_ended();
  }));
  const ProgramResult result = running.wait();
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(most == 8);
  CHECK(shared_memory.names_made() == std::vector<std::string>{});
  CHECK(job.report().at("workers") == 8);
  CHECK(job.report().at("marked") == 20);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("there are never more workers than files") {
  const Job job;
  (void)job.add_gated(3);
  write_job_file(job, "gated");
  RunningProgram running({Job::supervisor(), "--workers", "8", "--worker-program", hazard_worker()},
                         job.options());
  std::set<pid_t> seen;
  const auto look = [&] {
    for (const pid_t pid : children(job, running)) seen.insert(pid);
  };
  CHECK(wait_until([&] {
    look();
    return job.at_gate() == 3 || running.has_ended();
  }));
  job.open_gate();
  CHECK(wait_until([&] {
    look();
    return running.has_ended();
  }));
  CHECK(running.wait().exit_code == 0);
  CHECK(seen.size() == 3);
}

TEST_CASE("the command line wins over the configuration file") {
  const Job job;
  job.add_pictures(2);
  write_job_file(job);
  const ProgramResult result = job.run_command({Job::supervisor(), "--output", "elsewhere", "--quiet"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK(files_below(job.directory() + "/elsewhere").size() == 2);
  CHECK(!fs::exists(job.out()));
}

TEST_CASE("--print-config prints a file that reproduces the run") {
  const Job job;
  job.add_pictures(4);
  Words words{"--scale",   "20%", "--text",      R"((c) Ada "quoted" \ name)",
              "--size",    "12",  "--fill",      "#ff8800c0",
              "--quality", "83",  "--keep-dates"};
  REQUIRE(job.run(words).exit_code == 0);

  words.emplace_back("--print-config");
  const ProgramResult printed = job.run(words);
  REQUIRE(printed.exit_code == 0);
  const std::string elsewhere = job.directory() + "/deep/below";
  fs::create_directories(elsewhere);
  write_file(elsewhere + "/job.toml", printed.out);
  ProgramOptions options = job.options();
  options.directory = elsewhere;
  const ProgramResult again = job.run_command({Job::supervisor(), "--config", "job.toml"}, options);
  INFO(again.err << printed.out);
  CHECK(again.exit_code == 0);
  CHECK(job.report().at("up_to_date") == 4);
  CHECK(job.report().at("inputs") == 4);

  Words print_again{Job::supervisor(), "--config", elsewhere + "/job.toml", "--print-config"};
  CHECK(job.run_command(print_again).out == printed.out);
}

TEST_CASE("--dry-run of a new job says what would become of each file and makes nothing") {
  const Job job;
  const auto names = job.add_pictures(3);
  write_file(job.in("notes.txt"), "ignored");
  const auto before = identities_below(job.directory());
  const ProgramResult result = job.run({"--dry-run"});
  CHECK(result.exit_code == 0);
  for (const std::string& name : names) CHECK(result.out.find("mark " + job.in(name)) != std::string::npos);
  CHECK(result.out.find("3 pictures: 3 to mark") != std::string::npos);
  CHECK(result.out.find("1 file ignored") != std::string::npos);
  CHECK(identities_below(job.directory()) == before);
}

TEST_CASE("--dry-run says which outputs a file system might take for one") {
  const Job job;
  job.add_picture("IMG_1.JPG", 1);
  job.add_picture("img_2.jpg", 2);
  CHECK(job.run({"--dry-run"}).err == "");
  job.add_picture("img_1.jpg", 3);
  const ProgramResult one = job.run({"--dry-run"});
  CHECK(one.exit_code == 0);
  CHECK(one.err.find("1 output differs from another one only in upper and lower case") != std::string::npos);
  CHECK((one.err.find("(IMG_1.JPG)") != std::string::npos) !=
        (one.err.find("(img_1.jpg)") != std::string::npos));
  CHECK(one.out.find("3 pictures: 3 to mark") != std::string::npos);
  job.add_picture("\u00e9.jpg", 4);
  job.add_picture("e\u0301.jpg", 5);
  CHECK(job.run({"--dry-run"}).err.find("2 outputs differ") != std::string::npos);
}

TEST_CASE("--dry-run of a job that was run before says what is left to do") {
  const Job job;
  const auto names = job.add_pictures(3);
  REQUIRE(job.run().exit_code == 0);
  job.add_picture(names[0], 5);
  job.add_picture("new.jpg");
  const ProgramResult result = job.run({"--dry-run"});
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("mark " + job.in("new.jpg")) != std::string::npos);
  CHECK(result.out.find("mark " + job.in(names[0])) != std::string::npos);
  CHECK(result.out.find("up to date " + job.in(names[1])) != std::string::npos);
  CHECK(result.out.find("4 pictures: 2 to mark, 2 up to date") != std::string::npos);
}

TEST_CASE("--dry-run of a job that was run before touches nothing") {
  const Job job;
  job.add_pictures(3);
  REQUIRE(job.run().exit_code == 0);
  const auto before = identities_below(job.directory());
  CHECK(job.run({"--dry-run"}).exit_code == 0);
  CHECK(identities_below(job.directory()) == before);
}

TEST_CASE("--dry-run after a run that was killed touches nothing") {
  const Job job;
  (void)job.add_gated(20);
  job.add_picture("first.jpg");
  {
    RunningProgram running = job.start({"--worker-program", hazard_worker()});
    REQUIRE(wait_until([&] { return job.at_gate() > 0 && files_below(job.out()).size() == 1; }));
    running.send(SIGKILL);
    (void)running.wait();
    REQUIRE(wait_until([&] { return job.workers("").empty(); }));
  }
  REQUIRE(fs::file_size(job.job_directory() + "/job.db-wal") > 0);
  const auto names = [&] {
    std::set<std::string> found;
    for (const auto& [name, identity] : identities_below(job.directory())) {
      if (name.starts_with(job.job_directory())) found.insert(name);
    }
    return found;
  };
  const auto before = names();
  const std::string log = read_file(job.job_directory() + "/job.db-wal");
  CHECK(job.run({"--dry-run"}).exit_code == 0);
  CHECK(names() == before);
  CHECK(read_file(job.job_directory() + "/job.db-wal") == log);
}

TEST_CASE("--dry-run counts an input that is met twice once, as a run does") {
  const Job job;
  job.add_picture("a.jpg", 1);
  job.add_picture("sub/b.jpg", 2);
  Words words = job.command({"--recursive"});
  words.insert(words.end(), {job.in("a.jpg"), job.in("a.jpg"), job.in("sub"), job.in("sub")});
  Words rehearsal = words;
  rehearsal.emplace_back("--dry-run");
  const ProgramResult said = job.run_command(rehearsal);
  CAPTURE(said.out);
  CHECK(said.exit_code == 0);
  CHECK(said.out.find("2 pictures: 2 to mark") != std::string::npos);
  const ProgramResult done = job.run_command(words);
  CAPTURE(done.err);
  CHECK(done.exit_code == 0);
  CHECK(job.report().at("inputs") == 2);
  CHECK(job.report().at("marked") == 2);
}

TEST_CASE("--dry-run of a job that is running never asks to move its journal away") {
  const Job job;
  (void)job.add_gated(20);
  job.add_picture("first.jpg");
  RunningProgram running = job.start({"--worker-program", hazard_worker()});
  REQUIRE(wait_until([&] { return job.at_gate() > 0 && files_below(job.out()).size() == 1; }));
  const ProgramResult rehearsal = job.run({"--dry-run"});
  CHECK_FALSE(running.has_ended());
  job.open_gate();
  CHECK(rehearsal.err.find("move it away") == std::string::npos);
  CHECK((rehearsal.exit_code == 0 || rehearsal.exit_code == 75));
  CHECK(running.wait().exit_code == 0);
}

}  // namespace
}  // namespace wm::test
