// The use of crash reports: replay, symbolise, recover and stacks; how many there are, and what they must
// not contain.

#include "tests/support/crash_reports.h"

#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "common/crash/crash_record.h"
#include "common/crash/snapshot_format.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Json = nlohmann::json;

TEST_CASE("replay says whether it is the same crash, and with the files before it when it needs them") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("fault-segv@compose.jpg", 1);
  job.add_picture("fault-after-another@encode.jpg", 2);
  Words words = job.command(with_hazard_worker({"--workers", "1", "--retries", "0"}));
  for (const char* const name : {"a.jpg", "fault-after-another@encode.jpg", "fault-segv@compose.jpg"}) {
    words.push_back(job.in(name));
  }
  CHECK(job.run_command(words).exit_code == 1);
  const auto replay = [&](const std::string& input, const Words& more) {
    Words again{Job::supervisor(), "replay", crash_report_on(job, job.in(input)).directory,
                "--worker-program", hazard_worker()};
    again.insert(again.end(), more.begin(), more.end());
    return job.run_command(again);
  };
  const auto outputs = [&] {
    std::set<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(job.out())) files.insert(entry.path().string());
    return files;
  };
  const auto before = outputs();
  CHECK(replay("fault-segv@compose.jpg", {}).exit_code == 0);
  CHECK(replay("fault-segv@compose.jpg", {"--repeat", "2"}).out.find("same crash") != std::string::npos);
  CHECK(replay("fault-after-another@encode.jpg", {}).exit_code == 1);
  CHECK(replay("fault-after-another@encode.jpg", {}).out.find("--with-history") != std::string::npos);
  CHECK(replay("fault-after-another@encode.jpg", {"--with-history"}).exit_code == 0);
  CHECK(outputs() == before);

  // The fault is removed: here, by a worker program without the fault.
  const std::string crash = crash_report_on(job, job.in("fault-segv@compose.jpg")).directory;
  const ProgramResult repaired = job.run_command({Job::supervisor(), "replay", crash});
  CHECK(repaired.exit_code == 1);
  CHECK(repaired.out.find("not reproduced") != std::string::npos);
  write_file(job.in("fault-segv@compose.jpg"), "no picture any more");
  CHECK(replay("fault-segv@compose.jpg", {}).out.find("the file has changed since the crash") !=
        std::string::npos);
}

TEST_CASE("of many equal crashes five are reported in full and the rest is counted") {
  const Job job;
  for (unsigned i = 0; i < 40; ++i) job.add_picture("fault-segv@decode." + std::to_string(i) + ".jpg", i);
  const auto names = job.add_pictures(60);
  const ProgramResult result = job.run(with_hazard_worker({"--workers", "2", "--retries", "0"}));
  CAPTURE(result.err);
  CHECK(job.report()["marked"] == names.size());
  const auto index = crash_index(job);
  REQUIRE(index.size() == 40);
  std::set<std::string> signatures, inputs;
  unsigned full = 0;
  for (const Json& line : index) {
    signatures.insert(line["sig8"].get<std::string>());
    inputs.insert(line["input"].get<std::string>());
    if (line["full"] == true) ++full;
  }
  CHECK(signatures.size() == 1);
  CHECK(inputs.size() == 40);
  CHECK(full == 5);
  // A thousand are to take less than 10 MB: what each takes, and what they have in common.
  CHECK(fs::file_size(crashes_of(job) + "/index.jsonl") < 40 * 1024);
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(crashes_of(job))) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  CHECK(bytes < 3'000'000);
  const ProgramResult list = job.run_command({Job::supervisor(), "crashes", job.out()});
  CHECK(list.exit_code == 0);
  CHECK(list.out.find("40 crashes, 1 different") != std::string::npos);
  const std::size_t command = list.out.find("wm-supervisor crashes show ");
  REQUIRE(command != std::string::npos);
  const std::string shown = list.out.substr(command, list.out.find('\n', command) - command);
  CHECK(job.run_command({"/bin/sh", "-c", "PATH=${0%/*}:$PATH; " + shown, Job::supervisor()}).exit_code == 0);
}

TEST_CASE(
    "without an analyzer that works the job does not notice, reports are raw, and symbolise completes them") {
  struct Broken {
    std::string analyzer;
    std::string reason;
  };
  const Job scripts;
  const std::string rubbish = scripts.directory() + "/rubbish";
  write_file(rubbish, "#!/bin/sh\necho '{\"analyzer\":1,\"threads\":7}'\n");
  REQUIRE(::chmod(rubbish.c_str(), 0755) == 0);
  for (const Broken& broken :
       {Broken{"/bin/false", "status 1"}, Broken{"/nowhere/analyzer", "cannot be started"},
        Broken{rubbish, "makes no sense"}}) {
    CAPTURE(broken.analyzer);
    const Job job;
    job.add_picture("fault-segv@compose.jpg");
    const auto names = job.add_pictures(3);
    ProgramOptions options = job.options();
    options.environment.push_back("WM_CRASH_ANALYZER=" + broken.analyzer);
    Words words = job.command(with_hazard_worker({"--workers", "1", "--retries", "0"}));
    words.push_back(job.in());
    const ProgramResult result = run_program(words, options);
    CHECK(result.exit_code == 1);
    CHECK(job.report()["marked"] == names.size());
    const CrashReport raw = crash_report_on(job, job.in("fault-segv@compose.jpg"));
    CHECK(raw.json["analysis"].is_null());
    CHECK(raw.json["raw"].get<std::string>().find(broken.reason) != std::string::npos);
    CHECK(raw.json["stage"] == "compose");
    CHECK(mode_of(raw.directory + "/cell") == 0600);

    // As the report says, in a shell that is somewhere else.
    const std::string text = read_file(raw.directory + "/report.txt");
    const std::string introduction = "finish this report with: ";
    REQUIRE(text.find(introduction) != std::string::npos);
    const std::size_t begin = text.find(introduction) + introduction.size();
    const std::string shown = text.substr(begin, text.find('\n', begin) - begin);
    const ProgramResult done =
        job.run_command({"/bin/sh", "-c", "cd / && PATH=${0%/*}:$PATH; " + shown, Job::supervisor()});
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
    const CrashReport complete = crash_report_on(job, job.in("fault-segv@compose.jpg"));
    CHECK(line_at_fault(complete.json["analysis"]) == line_of_fault("segv"));
    CHECK(complete.json["raw"].is_null());
    CHECK_FALSE(fs::exists(complete.directory + "/cell"));
  }
}

TEST_CASE("a signal to a job stops an analyzer that hangs, and the report is raw and says why") {
  const Job job;
  const bool at_the_end = GENERATE(true, false);
  CAPTURE(at_the_end);
  if (!at_the_end) (void)job.add_gated(1);
  job.add_picture("fault-segv@compose.jpg");
  const std::string analyzer = job.directory() + "/analyzer";
  write_file(analyzer, "#!/bin/sh\n: >>begun-analysis\nexec sleep 999\n");
  REQUIRE(::chmod(analyzer.c_str(), 0755) == 0);
  ProgramOptions options = job.options();
  options.environment.push_back("WM_CRASH_ANALYZER=" + analyzer);
  Words words =
      job.command(with_hazard_worker({"--workers", "1", "--retries", "0", "--timeout", "0", "--grace", "0"}));
  words.push_back(job.in());
  if (!at_the_end) words.push_back(job.gated());
  RunningProgram program(words, options);
  REQUIRE(wait_until([&] { return fs::exists(job.directory() + "/begun-analysis"); }, patience));
  if (!at_the_end) REQUIRE(wait_until([&] { return job.at_gate() == 1; }, patience));
  program.send(SIGTERM);
  const ProgramResult result = program.wait();
  CAPTURE(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(job.report()["quarantined"] == 1);
  const CrashReport raw = crash_report_on(job, job.in("fault-segv@compose.jpg"));
  CHECK(raw.json["analysis"].is_null());
  CHECK(raw.json["raw"] == "the analyzer was stopped, since there was no more time for it");
  CHECK(raw.text.find("the analyzer was stopped") != std::string::npos);
  CHECK(mode_of(raw.directory + "/cell") == 0600);
}

TEST_CASE("a grandchild that goes on printing costs no report of the crash") {
  const Job job;
  job.add_picture("abort.jpg");
  const std::string worker = job.directory() + "/worker";
  // Its child ends when nobody reads what it prints any more.
  write_file(worker, "#!/bin/sh\n(for i in $(seq 75); do echo || exit; sleep 0.1; done) &\nexec '" +
                         hazard_worker() + "' \"$@\"\n");
  REQUIRE(::chmod(worker.c_str(), 0755) == 0);
  const ProgramResult result = job.run({"--worker-program", worker, "--workers", "1", "--retries", "0"});
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(crash_report_on(job, job.in("abort.jpg")).json["wait_status"]["signal"] == SIGABRT);
}

TEST_CASE("when supervisor and worker die together, recover and the next run report why the worker died") {
  for (const bool by_command : {true, false}) {
    CAPTURE(by_command);
    const Job job;
    job.add_picture("fault-segv@encode.jpg");
    RunningProgram running =
        job.start(with_hazard_worker({"--workers", "1", "--retries", "0", "--wait-on-crash"}));
    // The worker has recorded its death and waits: now its supervisor dies.
    const auto parked = [&] {
      return fs::exists(job.log_file()) &&
             read_file(job.log_file()).find("waits for a debugger") != std::string::npos;
    };
    REQUIRE(wait_until(parked, patience));
    running.send(SIGKILL);
    CHECK(running.wait().signal == SIGKILL);
    REQUIRE(wait_until([&] { return job.workers("hazard-worker").empty(); }, patience));
    if (by_command) {
      const ProgramResult recovered = job.run_command({Job::supervisor(), "crashes", "recover", job.out()});
      CAPTURE(recovered.out, recovered.err);
      CHECK(recovered.exit_code == 0);
    } else {
      fs::remove(job.in("fault-segv@encode.jpg"));
      job.add_picture("good.jpg");
      CHECK(job.run({"--workers", "1"}).exit_code == 0);
    }
    const auto index = crash_index(job);
    REQUIRE(index.size() == 1);
    const CrashReport report = crash_report(job, index.front()["id"]);
    CHECK(line_at_fault(report.json["analysis"]) == line_of_fault("segv"));
    CHECK(report.json["log"].back().get<std::string>().ends_with("nonce of segv"));
    CHECK(report.json["files"].back()["input"] == job.in("fault-segv@encode.jpg"));
    CHECK(report.json["task"]["input"] == job.in("fault-segv@encode.jpg"));
    if (by_command) {
      CHECK(job.run_command(
                   {Job::supervisor(), "replay", report.directory, "--worker-program", hazard_worker()})
                .exit_code == 0);
    }
    // The next run needs the proof of what was published, and nobody reports the death again.
    CHECK(fs::is_empty(crashes_of(job) + "/cells") != by_command);
    if (!by_command) continue;
    CHECK(job.run_command({Job::supervisor(), "crashes", "recover", job.out()}).out ==
          "no worker had crashed\n");
    CHECK(crash_index(job).size() == 1);
  }
}

/// Whether some worker of the job is in its handler, and has come to wait for its other threads.
bool some_worker_is_dying(const Job& job) {
  constexpr std::size_t own_stack =
      offset_of_area(area_of_death) + offsetof(SnapshotHeader, thread) + offsetof(ThreadRecord, stack_bytes);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(crashes_of(job) + "/cells", error)) {
    std::ifstream crash_record(entry.path(), std::ios::binary);
    std::uint64_t bytes = 0;
    crash_record.seekg(own_stack);
    crash_record.read(reinterpret_cast<char*>(&bytes), sizeof bytes);
    if (crash_record && bytes != 0) return true;
  }
  return false;
}

TEST_CASE(
    "when the supervisor is killed while a worker is in its handler, recover reports what was recorded") {
  const Job job;
  job.add_picture("fault-segv-among-deaf@encode.jpg");
  RunningProgram running = job.start(with_hazard_worker({"--workers", "1", "--retries", "0"}));
  REQUIRE(wait_until([&] { return some_worker_is_dying(job); }, patience));
  running.send(SIGKILL);
  CHECK(running.wait().signal == SIGKILL);
  REQUIRE(wait_until([&] { return job.workers("hazard-worker").empty(); }, patience));
  const ProgramResult recovered = job.run_command({Job::supervisor(), "crashes", "recover", job.out()});
  CAPTURE(recovered.out, recovered.err);
  CHECK(recovered.exit_code == 0);
  REQUIRE(crash_index(job).size() == 1);
  const CrashReport report = crash_report(job, crash_index(job).front()["id"]);
  CAPTURE(report.text);
  REQUIRE(report.json["wait_status"]["signal"] == SIGSEGV);
  CHECK(report.json["task"]["input"] == job.in("fault-segv-among-deaf@encode.jpg"));
  CHECK(report.json["stage"] == "encode");
  CHECK(report.json["log"].back().get<std::string>().ends_with("nonce of segv-among-deaf"));
  REQUIRE(report.json["analysis"].is_object());
  CHECK(line_at_fault(report.json["analysis"]) == line_of_fault("segv"));
}

TEST_CASE("stacks shows where the workers of a running job stand, and the job goes on") {
  const Job job;
  for (unsigned i = 0; i < 24; ++i) job.add_picture("gated" + std::to_string(i) + ".jpg", i);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "2"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }, patience));
  const ProgramResult stacks = job.run_command({Job::supervisor(), "stacks", job.out()});
  CAPTURE(stacks.out, stacks.err);
  CHECK(stacks.exit_code == 0);
  CHECK(stacks.out.find("=== worker-01 (pid ") != std::string::npos);
  CHECK(stacks.out.find("run_worker") != std::string::npos);
  const ProgramResult one = job.run_command({Job::supervisor(), "stacks", job.out(), "2"});
  CHECK(one.out.find("worker-01") == std::string::npos);
  CHECK(one.out.find("=== worker-02") != std::string::npos);
  CHECK(one.exit_code == 0);
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
  CHECK(job.report()["marked"] == 24);
  CHECK(crash_index(job).empty());
  CHECK(job.run_command({Job::supervisor(), "stacks", job.out()}).exit_code == 1);  // no worker is left
}

TEST_CASE("the command in a report repeats the crash, wherever the job is") {
  const Job job;
  job.add_picture("fault-segv@decode.jpg");
  const std::string directory = job.directory() + "/it's here; $(touch harm)\n";
  CHECK(job.run(with_hazard_worker({"--workers", "1", "--retries", "0", "--job-dir", directory})).exit_code ==
        1);
  const ProgramResult list =
      job.run_command({Job::supervisor(), "crashes", "show", "2", "--job-dir", directory});
  const std::size_t begin = list.out.find("\nReplay");
  REQUIRE(begin != std::string::npos);
  const std::string line = list.out.substr(begin + 1, list.out.find('\n', begin + 1) - begin - 1);
  std::string command = line.substr(line.find("wm-supervisor replay"));
  command.replace(0, std::string("wm-supervisor").size(), Job::supervisor());
  const ProgramResult again =
      job.run_command({"/bin/bash", "-c", command + " --worker-program " + hazard_worker()});
  CAPTURE(line, again.out, again.err);
  CHECK(again.exit_code == 0);
  CHECK_FALSE(fs::exists(job.directory() + "/harm"));
}

TEST_CASE("without the right to write reports the job goes on and leaves nothing behind") {
  const Job job;
  for (unsigned i = 0; i < 8; ++i) job.add_picture("gated-abort-" + std::to_string(i) + ".jpg", i);
  const auto names = job.add_pictures(20);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "2", "--retries", "0"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }, patience));
  fs::create_symlink("/nowhere", crashes_of(job) + "/index.jsonl");
  job.open_gate();
  CHECK(running.wait().exit_code == 1);
  CHECK(job.report()["marked"] == names.size());
  CHECK(fs::is_empty(crashes_of(job) + "/cells"));
  unsigned reports = 0;
  for (const auto& entry : fs::directory_iterator(crashes_of(job)))
    reports += entry.path().filename().string().starts_with("2") ? 1U : 0U;
  CHECK(reports <= 5);
  CHECK(read_file(job.log_file()).find("a crash report could not be written") != std::string::npos);

  // In the next run it is there from the beginning.
  const ProgramResult refused = job.run({"--workers", "1"});
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("index.jsonl is a symbolic link") != std::string::npos);
}

TEST_CASE("hostile names are shown on one line, hidden when asked, and the crash is found again") {
  const Job job;
  const std::string name = "fault-segv@decode.\n\x1b[31m\xff|.jpg";
  job.add_picture(name);
  CHECK(job.run(with_hazard_worker({"--workers", "1", "--retries", "0"})).exit_code == 1);
  const auto index = crash_index(job);
  REQUIRE(index.size() == 1);
  CHECK(index.front()["input_encoding"] == "percent");
  const CrashReport report = crash_report(job, index.front()["id"]);
  CHECK(report.text.find('\x1b') == std::string::npos);
  CHECK(job.run_command({Job::supervisor(), "replay", report.directory, "--worker-program", hazard_worker()})
            .exit_code == 0);

  fs::remove_all(job.out());
  CHECK(
      job.run(with_hazard_worker({"--workers", "1", "--retries", "0", "--redact-paths", "--keep-crash-data"}))
          .exit_code == 1);
  const CrashReport redacted = crash_report(job, crash_index(job).front()["id"]);
  CHECK(redacted.text.find("fault-segv") == std::string::npos);
  CHECK(redacted.json["task"].dump().find(".jpg") != std::string::npos);
  CHECK(fs::exists(redacted.directory + "/cell"));
  const ProgramResult replay = job.run_command({Job::supervisor(), "replay", redacted.directory});
  CHECK(replay.exit_code == 2);
  CHECK(replay.err.find("--redact-paths") != std::string::npos);
}

TEST_CASE("with hidden names, no file of the crash directory contains one") {
  const Job job;
  Words words = job.command(
      with_hazard_worker({"--workers", "1", "--retries", "0", "--redact-paths", "--text", "private"}));
  for (unsigned i = 0; i < 60; ++i) {  // more than a worker remembers
    const std::string name = "private-" + std::to_string(i) + ".jpg";
    job.add_picture(name, i);
    words.push_back(job.in(name));
  }
  job.add_picture("fault-segv@encode.private.jpg");
  words.push_back(job.in("fault-segv@encode.private.jpg"));
  CHECK(job.run_command(words).exit_code == 1);
  REQUIRE(crash_index(job).size() == 1);
  CHECK(crash_report(job, crash_index(job).front()["id"]).json["log"].size() > 20);
  for (const auto& entry : fs::recursive_directory_iterator(crashes_of(job))) {
    if (!entry.is_regular_file()) continue;
    CAPTURE(entry.path());
    CHECK(read_file(entry.path().string()).find("private") == std::string::npos);
  }
}

}  // namespace
}  // namespace wm::test
