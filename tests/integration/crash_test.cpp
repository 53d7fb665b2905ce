// Reports of deaths by a signal, an exit, an exception or a library; and that the job goes on meanwhile.
// Deaths by a limit: crash_limits_test.cpp.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/faults.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/processes.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr double handler_patience_ms = 200;  // of a dying worker, for all its other threads together

constexpr uid_t nobody = 65534;
const Words as_nobody{"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};

/// Everything of the job, as if an unprivileged user had made it.
void give_to_nobody(const Job& job) {
  REQUIRE(::lchown(job.directory().c_str(), nobody, nobody) == 0);
  for (const auto& entry : fs::recursive_directory_iterator(job.directory()))
    REQUIRE(::lchown(entry.path().c_str(), nobody, nobody) == 0);
}

struct Death {
  std::string fault;  // in the file's name
  std::string line;   // the fault whose line is at fault
  int signal;         // 0: exit
  std::string kind;
  std::string stage;
  std::string thread;  // that died; "" is the main one
};

const std::vector<Death> deaths{
    {"segv", "segv", SIGSEGV, "signal", "decode"},
    {"segv-in-thread", "segv", SIGSEGV, "signal", "compose", "unlucky"},
    {"null-call", "null-call", SIGSEGV, "signal", "encode"},
    {"abort", "abort", SIGABRT, "signal", "publish"},
    {"fpe", "fpe", SIGFPE, "signal", "decode"},
    {"ill", "ill", SIGILL, "signal", "compose"},
    {"trap", "trap", SIGTRAP, "signal", "encode"},
    {"sys", "sys", SIGSYS, "signal", "publish"},
    {"bus", "bus", SIGBUS, "signal", "decode"},
    {"exit", "exit", 0, "exit", "compose"},
    {"heap-check", "heap-check", SIGABRT, "heap_check", "encode"},
    {"malloc-lock", "malloc-lock", SIGABRT, "heap_check", "publish"},
    {"smash", "smash", SIGABRT, "heap_check", "decode"},
    {"overflow", "overflow", SIGSEGV, "stack_overflow", "compose"},
    {"overflow-in-glib-thread", "overflow", SIGSEGV, "stack_overflow", "encode", "glib"},
};

/// Runs a job with a file for each death among good ones: `before` the command, with `environment`.
void check_all_deaths(const Job& job, const Words& before, const Words& environment) {
  const auto names = job.add_pictures(6);
  for (const Death& death : deaths) job.add_picture("fault-" + death.fault + "@" + death.stage + ".jpg");
  if (!before.empty()) give_to_nobody(job);
  Words words = job.command(with_hazard_worker({"--workers", "2", "--retries", "0"}));
  words.insert(words.begin(), before.begin(), before.end());
  words.push_back(job.in());
  ProgramOptions options = job.options();
  options.environment.insert(options.environment.end(), environment.begin(), environment.end());
  const ProgramResult result = run_program(words, options);
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result).empty());
  CHECK(job.report()["marked"] == names.size());
  for (const std::string& name : names) CHECK(fs::exists(job.out(name)));

  for (const Death& death : deaths) {
    CAPTURE(death.fault);
    const std::string input = job.in("fault-" + death.fault + "@" + death.stage + ".jpg");
    const CrashReport report = crash_report_on(job, input);
    // The fault has happened, and not something else.
    if (death.signal != 0) {
      REQUIRE(report.json["wait_status"]["signal"] == death.signal);
    } else {
      REQUIRE(report.json["wait_status"]["exit_code"] == 7);
    }
    CHECK(report.json["kind"] == death.kind);
    CHECK(report.json["stage"] == death.stage);
    CHECK(report.json["task"]["input"] == input);
    REQUIRE(report.json["analysis"].is_object());
    const Json& analysis = report.json["analysis"];
    CAPTURE(analysis["threads"][0].dump(1));
    const int line = line_at_fault(analysis);
    if (death.line == "overflow") {
      CHECK(line <= line_of_fault(death.line));
      CHECK(line >= line_of_fault(death.line) - 3);
    } else {
      CHECK(line == line_of_fault(death.line));
    }
    if (!death.thread.empty()) CHECK(analysis["threads"][0]["name"] == death.thread);
    CHECK(analysis["threads"].size() == analysis["threads_alive"]);
    REQUIRE_FALSE(report.json["log"].empty());
    CHECK(report.json["log"].back().get<std::string>().ends_with("nonce of " + death.fault));
    const unsigned worker = report.json["worker"]["index"];
    CHECK((worker == 1 || worker == 2));
    CHECK(report.text.find(input) != std::string::npos);
    CHECK(report.text.find("wm-supervisor replay ") != std::string::npos);
    CHECK(report.json["files"].back()["input"] == input);
    CHECK(mode_of(report.directory) == 0700);
    CHECK(mode_of(report.directory + "/report.txt") == 0600);
    CHECK_FALSE(fs::exists(report.directory + "/cell"));  // no bytes of stacks are kept
  }
  CHECK(fs::is_empty(crashes_of(job) + "/cells"));
  const Json report = job.report();
  for (const Json& problem : report["problems"]) CHECK(problem["crash"].is_string());
}

TEST_CASE(
    "every death is reported: what, which file, which stage, which line, every thread, the last words") {
  check_all_deaths(Job(), {}, {});
}

TEST_CASE("an unprivileged user gets the same reports, without dumps of memory and without ptrace") {
  Words before;
  if (::geteuid() == 0) {
    before = as_nobody;
    Words probe = as_nobody;
    probe.insert(probe.end(), {"/usr/bin/test", "-x", hazard_worker()});
    if (run_program(probe).exit_code != 0) {
      skip("an unprivileged user cannot run programs in this build directory");
    }
  }
  for (const char* const how : {"undumpable", "no-ptrace"}) {
    CAPTURE(how);
    check_all_deaths(Job(), before, {std::string("WM_HAZARD_CONFINED=") + how});
  }
}

TEST_CASE(
    "a library that crashes inside of libjpeg is told apart, and all that called it; the job goes on "
    "meanwhile") {
  const Job job;
  const auto names = job.add_pictures(8);
  write_file(job.in("poison.jpg"), read_file(job.in(names.front())));
  // The analyzer begins when the other pictures are done: a job that waited for it would get no analysis.
  const std::string analyzer = job.directory() + "/analyzer";
  write_file(analyzer, "#!/bin/sh\nuntil [ $(ls '" + job.out() + "' | wc -l) -eq " +
                           std::to_string(names.size()) + " ]; do sleep 0.02; done\nexec '" +
                           fs::path(Job::supervisor()).parent_path().string() +
                           "/wm-crash-analyzer' \"$@\"\n");
  REQUIRE(::chmod(analyzer.c_str(), 0755) == 0);
  ProgramOptions options = job.options();
  options.environment.push_back("WM_CRASH_ANALYZER=" + analyzer);
  const std::string preload = std::string("LD_PRELOAD=") + WM_FAULTY_DECODER;
  options.environment.push_back(preload);
  // A picture that is marked in place is not decoded by libjpeg.
  Words words =
      job.command({"--workers", "1", "--retries", "0", "--log-level", "debug", "--jpeg-path", "pixel"});
  words.push_back(job.in("poison.jpg"));  // first, so that others follow
  for (const std::string& name : names) words.push_back(job.in(name));
  const ProgramResult result = run_program(words, options);
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report()["marked"] == names.size());
  const CrashReport report = crash_report_on(job, job.in("poison.jpg"));
  REQUIRE(report.json["wait_status"]["signal"] == SIGSEGV);
  CHECK(report.json["stage"] == "decode");
  REQUIRE(report.json["analysis"].is_object());
  const Json& frames = report.json["analysis"]["threads"][0]["frames"];
  CAPTURE(frames.dump(1));
  const auto place_of = [&](const char* key, const std::string& wanted) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const bool found = frames[i].contains(key) && frames[i][key].is_string() &&
                         frames[i][key].get<std::string>().find(wanted) != std::string::npos;
      if (found) return static_cast<int>(i);
    }
    return -1;
  };
  CHECK(frames[0]["function"] == "upsample_row");
  CHECK(frames[0]["file"].get<std::string>().ends_with("faulty_decoder.c"));
  const int jpeg = place_of("function", "jpeg_read_scanlines"), vips = place_of("module", "libvips.so"),
            stage = place_of("file", "open_picture.cpp"), loop = place_of("file", "task_loop.cpp");
  CHECK(0 < jpeg);
  CHECK(jpeg < vips);
  CHECK(vips < stage);
  CHECK(stage < loop);

  // A busy machine may delay a snapshot. A handler that waits for as long as it may is never that quick.
  double shortest = report.json["analysis"]["snapshot_ms"].get<double>();
  words.emplace_back("--retry-quarantined");
  for (int again = 0; again < 4 && shortest >= handler_patience_ms; ++again) {
    CHECK(run_program(words, options).exit_code == 1);
    const CrashReport next = crash_report(job, crash_index(job).back()["id"]);
    shortest = std::min(shortest, next.json["analysis"]["snapshot_ms"].get<double>());
  }
  CHECK(shortest < handler_patience_ms);
  CHECK(report.json["analysis"]["threads"].size() == report.json["analysis"]["threads_alive"]);

  const auto replay = [&] {
    const ProgramOptions preloaded{.environment = {preload}};
    return job.run_command({Job::supervisor(), "replay", report.directory}, preloaded);
  };
  CHECK(replay().exit_code == 0);
  // Without the faulty library.
  CHECK(job.run_command({Job::supervisor(), "replay", report.directory}).exit_code == 1);
}

TEST_CASE("an uncaught exception is reported with its type, its message and the line of the throw") {
  const Job job;
  job.add_picture("fault-throw@decode.jpg");
  // A stage's own exceptions become failures; this one comes from a thread.
  job.add_picture("throw-in-thread.jpg");
  const ProgramResult result = job.run(with_hazard_worker({"--workers", "1", "--retries", "0"}));
  CHECK(result.exit_code == 1);
  const CrashReport report = crash_report_on(job, job.in("throw-in-thread.jpg"));
  REQUIRE(report.json["wait_status"]["signal"] == SIGABRT);
  CHECK(report.json["kind"] == "uncaught_exception");
  CHECK(report.json["exception"]["type"] == "std::runtime_error");
  CHECK(report.json["exception"]["message"] == "the picture has no bottom");
  CHECK(line_at_fault(report.json["analysis"]) == line_of_fault("throw"));
}

TEST_CASE("a signal from outside is reported while the job goes on, with the file in progress") {
  for (const int signal : {SIGSEGV, SIGKILL}) {
    CAPTURE(signal);
    const Job job;
    job.add_picture("gated.jpg");
    RunningProgram running = job.start(with_hazard_worker({"--workers", "1", "--retries", "1"}));
    REQUIRE(wait_until([&] { return job.at_gate() == 1; }, patience));
    const pid_t worker = job.workers("hazard-worker").front();
    REQUIRE(::kill(worker, signal) == 0);
    // The second attempt waits at the gate, so the job cannot have ended.
    REQUIRE(wait_until([&] { return job.at_gate() == 2 && !crash_index(job).empty(); }, patience));
    const Json line = crash_index(job).front();
    CHECK(line["input"] == job.in("gated.jpg"));
    const CrashReport report = crash_report(job, line["id"]);
    CHECK(report.json["worker"]["pid"] == worker);
    CHECK(report.json["kind"] == (signal == SIGKILL ? "killed" : "signal"));
    CHECK(report.json["analysis"].is_object() == (signal == SIGSEGV));
    CHECK_FALSE(running.has_ended());
    job.open_gate();
    CHECK(running.wait().exit_code == 0);  // the second attempt is well
  }
}

}  // namespace
}  // namespace wm::test
