// What the operator is told when one process among many dies: reports, whatever the death; and that the job
// does not suffer from the telling.

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/crash/crash_cell.h"
#include "common/crash/snapshot_format.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/memory_group.h"
#include "tests/support/processes.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr uid_t nobody = 65534;
const Words as_nobody{"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};

Words hazard(Words words) {
  words.insert(words.end(), {"--worker-program", hazard_worker()});
  return words;
}

std::string crashes_of(const Job& job) {
  return job.job_directory() + "/crashes";
}

std::vector<Json> index_of(const Job& job) {
  std::vector<Json> lines;
  std::ifstream file(crashes_of(job) + "/index.jsonl");
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

struct Report {
  std::string directory;
  Json json;
  std::string text;
};

Report report_of(const Job& job, const std::string& id) {
  const std::string directory = crashes_of(job) + "/" + id;
  return {directory, Json::parse(read_file(directory + "/report.json")),
          read_file(directory + "/report.txt")};
}

/// The first report that names the input.
Report report_on(const Job& job, const std::string& input) {
  for (const Json& line : index_of(job)) {
    if (line.value("input", "") == input && line["full"] == true) return report_of(job, line["id"]);
  }
  FAIL("no report on " << input);
  return {};
}

unsigned mode_of(const std::string& path) {
  struct ::stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

std::string program(const Job& job) {
  return job.command().front();
}

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

/// The first frame of the first thread that is in the faults' source.
int line_at_fault(const Json& analysis) {
  for (const Json& frame : analysis["threads"][0]["frames"]) {
    const bool in_faults = frame.contains("file") && frame["file"].is_string() &&
                           frame["file"].get<std::string>().ends_with("faults.cpp");
    if (in_faults) return frame["line"].get<int>();
  }
  return -1;
}

/// Runs a job with a file for each death among good ones: `before` the command, with `environment`.
void check_all_deaths(const Job& job, const Words& before, const Words& environment) {
  const auto names = job.add_pictures(6);
  for (const Death& death : deaths) job.add_picture("fault-" + death.fault + "@" + death.stage + ".jpg");
  if (!before.empty()) give_to_nobody(job);
  Words words = job.command(hazard({"--workers", "2", "--retries", "0"}));
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
    const Report report = report_on(job, input);
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
  for (const Json& problem : job.report()["problems"]) CHECK(problem["crash"].is_string());
}

TEST_CASE(
    "every death is reported: what, which file, which stage, which line, every thread, the last words") {
  check_all_deaths(Job(), {}, {});
}

TEST_CASE("an unprivileged user is told the same, without dumps of memory and without ptrace") {
  Words before;
  if (::geteuid() == 0) {
    before = as_nobody;
    Words probe = as_nobody;
    probe.insert(probe.end(), {"/usr/bin/test", "-x", hazard_worker()});
    if (run_program(probe).exit_code != 0) {
      WARN("SKIP: an unprivileged user cannot run programs in this build directory");
      return;
    }
  }
  for (const char* const how : {"undumpable", "no-ptrace"}) {
    CAPTURE(how);
    check_all_deaths(Job(), before, {std::string("WM_HAZARD_CONFINED=") + how});
  }
}

constexpr int ms_a_day = 24 * 60 * 60 * 1000;

/// Of "2026-11-23 20:42:11,123".
int ms_of_day(const LogLine& line) {
  const auto number = [&](std::size_t at, std::size_t digits) {
    return std::stoi(line.time.substr(at, digits));
  };
  return ((number(11, 2) * 60 + number(14, 2)) * 60 + number(17, 2)) * 1000 + number(20, 3);
}

TEST_CASE(
    "a library that crashes inside of libjpeg is told apart, and all that called it; the pause is short") {
  const Job job;
  const auto names = job.add_pictures(8);
  write_file(job.in("poison.jpg"), read_file(job.in(names.front())));
  ProgramOptions options = job.options();
  options.environment.push_back(std::string("LD_PRELOAD=") + WM_FAULTY_DECODER);
  // A picture that is marked in place is not decoded by libjpeg.
  Words words =
      job.command({"--workers", "1", "--retries", "0", "--log-level", "debug", "--jpeg-path", "pixel"});
  words.push_back(job.in("poison.jpg"));  // first, so that others follow
  for (const std::string& name : names) words.push_back(job.in(name));
  const ProgramResult result = run_program(words, options);
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report()["marked"] == names.size());
  const Report report = report_on(job, job.in("poison.jpg"));
  REQUIRE(report.json["wait_status"]["signal"] == SIGSEGV);
  CHECK(report.json["stage"] == "decode");
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

  CHECK(report.json["analysis"]["snapshot_ms"] < 50 * slowness);
  std::optional<int> died, works_again;
  for (const LogLine& line : job.log()) {
    if (line.level == "CRITICAL") died = ms_of_day(line);
    if (died && !works_again && line.message.starts_with("ready")) works_again = ms_of_day(line);
  }
  REQUIRE(works_again);
  CHECK((*works_again - *died + ms_a_day) % ms_a_day < 300 * slowness);

  const auto replay = [&] {
    const ProgramOptions preloaded{.environment = {options.environment.back()}};
    return job.run_command({program(job), "replay", report.directory}, preloaded);
  };
  CHECK(replay().exit_code == 0);
  // The input is mended: here, by another name in its place.
  fs::remove(job.in("poison.jpg"));
  fs::create_symlink(job.in(names.front()), job.in("poison.jpg"));
  CHECK(job.run_command({program(job), "replay", report.directory}).exit_code == 1);
}

TEST_CASE("a worker that cannot start, and one that takes too much memory, are reported") {
  const Job boots_badly;
  boots_badly.add_picture("a.jpg");
  ProgramOptions options = boots_badly.options();
  options.environment.push_back("WM_HAZARD_BOOT=1");
  Words words = boots_badly.command(hazard({"--workers", "1"}));
  words.push_back(boots_badly.in());
  CHECK(run_program(words, options).exit_code == 3);
  const auto index = index_of(boots_badly);
  REQUIRE_FALSE(index.empty());
  const Report boot = report_of(boots_badly, index.front()["id"]);
  CHECK(boot.json["kind"] == "boot");
  CHECK(boot.json["task"].is_null());

  const Job greedy;
  greedy.add_picture("greedy.jpg");
  greedy.add_picture("good.jpg");
  CHECK(greedy.run(hazard({"--workers", "1", "--retries", "0", "--memory-limit", "200M"})).exit_code == 1);
  const Report memory = report_on(greedy, greedy.in("greedy.jpg"));
  CHECK(memory.json["kind"] == "memory_limit");
  CHECK(memory.json["worker"]["bytes"] > 100'000'000);
  CHECK(memory.json["hang"]["looks"].dump().find("behave_as_named") != std::string::npos);
}

TEST_CASE("a worker that the kernel killed for want of memory is reported, with its size") {
  const auto group = MemoryGroup::make(std::uint64_t{256} << 20);
  if (!group) {
    WARN("SKIP: no control group with a limit of memory can be made here");
    return;
  }
  const Job job;
  const auto names = job.add_pictures(10);
  job.add_picture("greedy.jpg");
  Words words = job.command(hazard({"--workers", "2", "--retries", "0"}));
  words.push_back(job.in());
  const ProgramResult result = run_program(group->inside(words), job.options());
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result).empty());
  CHECK(job.report()["marked"] == names.size());
  const Report report = report_on(job, job.in("greedy.jpg"));
  CHECK(report.json["wait_status"]["signal"] == SIGKILL);
  CHECK(report.json["kind"] == "out_of_memory");
  CHECK(report.json["worker"]["bytes"] > 50'000'000);
  CHECK(report.text.find("memory") != std::string::npos);
  CHECK(job.report()["problems"][0]["kind"] == "out_of_memory");
}

TEST_CASE("a worker that takes no task any more is killed and reported, though it had no file in work") {
  const Job job;
  job.add_pictures(1);
  const std::string list = job.directory() + "/list";
  REQUIRE(::mkfifo(list.c_str(), 0600) == 0);
  const RunningProgram program(job.command({"--timeout", "1s", "--workers", "1", "--files-from", list}),
                               job.options());
  std::ofstream feed(list);
  feed << job.in("picture-1000.jpg") << std::endl;
  REQUIRE(wait_until([&] { return files_below(job.out()).size() == 1; }));
  const auto workers = job.workers();
  REQUIRE(workers.size() == 1);
  ::kill(workers.front(), SIGSTOP);
  job.add_picture("later.jpg");
  feed << job.in("later.jpg") << std::endl;
  REQUIRE(wait_until([&] { return files_below(job.out()).size() == 2; }, 15s * slowness));
  feed.close();
  REQUIRE(wait_until([&] { return program.has_ended(); }));
  const auto index = index_of(job);
  REQUIRE(index.size() == 1);
  const Report report = report_of(job, index.front()["id"]);
  CHECK(report.json["kind"] == "unresponsive");
  CHECK(report.json["task"].is_null());
  CHECK(report.json["files"].back()["input"] == job.in("picture-1000.jpg"));
  CHECK(report.text.find("took no task") != std::string::npos);
}

TEST_CASE("an uncaught exception is reported with its type, its message and the line of the throw") {
  const Job job;
  job.add_picture("fault-throw@decode.jpg");
  // A stage's own exceptions become failures; this one comes from a thread.
  job.add_picture("throw-in-thread.jpg");
  const ProgramResult result = job.run(hazard({"--workers", "1", "--retries", "0"}));
  CHECK(result.exit_code == 1);
  const Report report = report_on(job, job.in("throw-in-thread.jpg"));
  REQUIRE(report.json["wait_status"]["signal"] == SIGABRT);
  CHECK(report.json["kind"] == "uncaught_exception");
  CHECK(report.json["exception"]["type"] == "std::runtime_error");
  CHECK(report.json["exception"]["message"] == "the picture has no bottom");
  CHECK(line_at_fault(report.json["analysis"]) == line_of_fault("throw"));
}

TEST_CASE("a hang is looked at twice before it is killed: spinning and waiting are told apart, and where") {
  const Job job;
  job.add_picture("busy.jpg");
  job.add_picture("hang.jpg", 1);
  job.add_picture("good.jpg", 2);
  job.add_picture("deaf.jpg", 3);
  const ProgramResult result = job.run(hazard({"--workers", "2", "--retries", "0", "--timeout", "1s"}));
  CHECK(result.exit_code == 1);
  const Report busy = report_on(job, job.in("busy.jpg"));
  CHECK(busy.json["kind"] == "timeout");
  CHECK(busy.json["hang"]["verdict"] == "spinning");
  REQUIRE(busy.json["hang"]["looks"].size() == 2);
  CHECK(busy.json["hang"]["looks"][1].dump().find("behave_as_named") != std::string::npos);
  const Report hang = report_on(job, job.in("hang.jpg"));
  CHECK(hang.json["hang"]["verdict"] == "waiting");
  REQUIRE(hang.json["hang"]["looks"].size() == 2);
  CHECK(hang.json["hang"]["looks"][1]["threads"][0].dump().find("pause") != std::string::npos);
  const Report deaf = report_on(job, job.in("deaf.jpg"));
  CHECK(deaf.json["kind"] == "timeout");
  CHECK(deaf.json["hang"]["outside"].dump().find("state S") != std::string::npos);
}

TEST_CASE("a signal from outside is reported within 3 seconds, and names the file in work") {
  const Job job;
  job.add_picture("patience.jpg");
  for (const int signal : {SIGSEGV, SIGKILL}) {
    CAPTURE(signal);
    fs::remove_all(job.out());
    RunningProgram running = job.start(hazard({"--workers", "1", "--retries", "1"}));
    REQUIRE(wait_until([&] { return !job.workers("hazard-worker").empty() && fs::exists(job.log_file()); }));
    std::this_thread::sleep_for(150ms);
    const pid_t worker = job.workers("hazard-worker").front();
    REQUIRE(::kill(worker, signal) == 0);
    REQUIRE(wait_until([&] { return !index_of(job).empty(); }, 3s * slowness));
    const Json line = index_of(job).front();
    CHECK(line["input"] == job.in("patience.jpg"));
    const Report report = report_of(job, line["id"]);
    CHECK(report.json["worker"]["pid"] == worker);
    CHECK(report.json["kind"] == (signal == SIGKILL ? "killed" : "signal"));
    CHECK(report.json["analysis"].is_object() == (signal == SIGSEGV));
    CHECK(running.wait().exit_code == 0);  // the second attempt is well
  }
}

TEST_CASE("replay says whether it is the same crash, and with the files before it when it needs them") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("fault-segv@compose.jpg", 1);
  job.add_picture("fault-after-another@encode.jpg", 2);
  Words words = job.command(hazard({"--workers", "1", "--retries", "0"}));
  for (const char* const name : {"a.jpg", "fault-after-another@encode.jpg", "fault-segv@compose.jpg"}) {
    words.push_back(job.in(name));
  }
  CHECK(job.run_command(words).exit_code == 1);
  const auto replay = [&](const std::string& input, const Words& more) {
    Words again{program(job), "replay", report_on(job, job.in(input)).directory, "--worker-program",
                hazard_worker()};
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

  // The input is mended: here, by a worker program without the fault.
  const std::string crash = report_on(job, job.in("fault-segv@compose.jpg")).directory;
  const ProgramResult mended = job.run_command({program(job), "replay", crash});
  CHECK(mended.exit_code == 1);
  CHECK(mended.out.find("not reproduced") != std::string::npos);
  write_file(job.in("fault-segv@compose.jpg"), "no picture any more");
  CHECK(replay("fault-segv@compose.jpg", {}).out.find("the file has changed since the crash") !=
        std::string::npos);
}

TEST_CASE("of many equal crashes five are reported in full and the rest is counted") {
  const Job job;
  for (unsigned i = 0; i < 40; ++i) job.add_picture("fault-segv@decode." + std::to_string(i) + ".jpg", i);
  const auto names = job.add_pictures(60);
  const ProgramResult result = job.run(hazard({"--workers", "2", "--retries", "0"}));
  CAPTURE(result.err);
  CHECK(job.report()["marked"] == names.size());
  const auto index = index_of(job);
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
  const ProgramResult list = job.run_command({program(job), "crashes", job.out()});
  CHECK(list.exit_code == 0);
  CHECK(list.out.find("40 crashes, 1 different") != std::string::npos);
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
  const std::string sleeper = scripts.directory() + "/sleeper";
  write_file(sleeper, "#!/bin/sh\nexec sleep 999\n");
  REQUIRE(::chmod(sleeper.c_str(), 0755) == 0);
  for (const Broken& broken :
       {Broken{"/bin/false", "status 1"}, Broken{"/nowhere/analyzer", "cannot be started"},
        Broken{rubbish, "makes no sense"}, Broken{sleeper, "took too long"}}) {
    CAPTURE(broken.analyzer);
    const Job job;
    job.add_picture("fault-segv@compose.jpg");
    const auto names = job.add_pictures(3);
    ProgramOptions options = job.options();
    options.environment.push_back("WM_CRASH_ANALYZER=" + broken.analyzer);
    Words words = job.command(hazard({"--workers", "1", "--retries", "0"}));
    words.push_back(job.in());
    const ProgramResult result = run_program(words, options);
    CHECK(result.exit_code == 1);
    CHECK(job.report()["marked"] == names.size());
    const Report raw = report_on(job, job.in("fault-segv@compose.jpg"));
    CHECK(raw.json["analysis"].is_null());
    CHECK(raw.json["raw"].get<std::string>().find(broken.reason) != std::string::npos);
    CHECK(raw.json["stage"] == "compose");
    CHECK(mode_of(raw.directory + "/cell") == 0600);

    const ProgramResult done =
        job.run_command({program(job), "crashes", "symbolise", "--job-dir", job.out()});
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
    const Report complete = report_on(job, job.in("fault-segv@compose.jpg"));
    CHECK(line_at_fault(complete.json["analysis"]) == line_of_fault("segv"));
    CHECK(complete.json["raw"].is_null());
    CHECK_FALSE(fs::exists(complete.directory + "/cell"));
  }
}

TEST_CASE("when supervisor and worker die together, recover and the next run tell what the worker died of") {
  for (const bool by_command : {true, false}) {
    CAPTURE(by_command);
    const Job job;
    job.add_picture("fault-segv@encode.jpg");
    RunningProgram running = job.start(hazard({"--workers", "1", "--retries", "0", "--wait-on-crash"}));
    // The worker has recorded its death and waits: now its supervisor dies.
    const auto parked = [&] {
      return fs::exists(job.log_file()) &&
             read_file(job.log_file()).find("waits for a debugger") != std::string::npos;
    };
    REQUIRE(wait_until(parked, 20s));
    running.send(SIGKILL);
    CHECK(running.wait().signal == SIGKILL);
    REQUIRE(wait_until([&] { return job.workers("hazard-worker").empty(); }, 10s));
    if (by_command) {
      const ProgramResult recovered = job.run_command({program(job), "crashes", "recover", job.out()});
      CAPTURE(recovered.out, recovered.err);
      CHECK(recovered.exit_code == 0);
    } else {
      fs::remove(job.in("fault-segv@encode.jpg"));
      job.add_picture("good.jpg");
      CHECK(job.run({"--workers", "1"}).exit_code == 0);
    }
    const auto index = index_of(job);
    REQUIRE(index.size() == 1);
    const Report report = report_of(job, index.front()["id"]);
    CHECK(line_at_fault(report.json["analysis"]) == line_of_fault("segv"));
    CHECK(report.json["log"].back().get<std::string>().ends_with("nonce of segv"));
    CHECK(report.json["files"].back()["input"] == job.in("fault-segv@encode.jpg"));
    CHECK(report.json["task"]["input"] == job.in("fault-segv@encode.jpg"));
    if (by_command) {
      CHECK(job.run_command({program(job), "replay", report.directory, "--worker-program", hazard_worker()})
                .exit_code == 0);
    }
    CHECK(fs::is_empty(crashes_of(job) + "/cells"));
  }
}

/// Whether some worker of the job is in its handler, and has come to wait for its other threads.
bool some_worker_is_dying(const Job& job) {
  constexpr std::size_t own_stack =
      offset_of_area(area_of_death) + offsetof(SnapshotHeader, thread) + offsetof(ThreadRecord, stack_bytes);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(crashes_of(job) + "/cells", error)) {
    std::ifstream cell(entry.path(), std::ios::binary);
    std::uint64_t bytes = 0;
    cell.seekg(own_stack);
    cell.read(reinterpret_cast<char*>(&bytes), sizeof bytes);
    if (cell && bytes != 0) return true;
  }
  return false;
}

TEST_CASE("when the supervisor is killed while a worker is in its handler, recover tells what there is") {
  const Job job;
  job.add_picture("fault-segv-among-deaf@encode.jpg");
  RunningProgram running = job.start(hazard({"--workers", "1", "--retries", "0"}));
  REQUIRE(wait_until([&] { return some_worker_is_dying(job); }, 20s));
  running.send(SIGKILL);
  CHECK(running.wait().signal == SIGKILL);
  REQUIRE(wait_until([&] { return job.workers("hazard-worker").empty(); }, 10s));
  const ProgramResult recovered = job.run_command({program(job), "crashes", "recover", job.out()});
  CAPTURE(recovered.out, recovered.err);
  CHECK(recovered.exit_code == 0);
  REQUIRE(index_of(job).size() == 1);
  const Report report = report_of(job, index_of(job).front()["id"]);
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
  for (unsigned i = 0; i < 24; ++i) job.add_picture("patience" + std::to_string(i) + ".jpg", i);
  RunningProgram running = job.start(hazard({"--workers", "2"}));
  REQUIRE(wait_until(
      [&] { return fs::exists(crashes_of(job) + "/cells") && job.workers("hazard-worker").size() == 2; }));
  std::this_thread::sleep_for(200ms);
  const ProgramResult stacks = job.run_command({program(job), "stacks", job.out()});
  CAPTURE(stacks.out, stacks.err);
  CHECK(stacks.exit_code == 0);
  CHECK(stacks.out.find("=== worker-01 (pid ") != std::string::npos);
  CHECK(stacks.out.find("run_worker") != std::string::npos);
  const ProgramResult one = job.run_command({program(job), "stacks", job.out(), "2"});
  CHECK(one.out.find("worker-01") == std::string::npos);
  CHECK(one.out.find("=== worker-02") != std::string::npos);
  CHECK(running.wait().exit_code == 0);
  CHECK(job.report()["marked"] == 24);
  CHECK(index_of(job).empty());
  CHECK(job.run_command({program(job), "stacks", job.out()}).exit_code == 1);  // nobody is left
}

TEST_CASE("the command in a report does it again, wherever the job lies") {
  const Job job;
  job.add_picture("fault-segv@decode.jpg");
  const std::string directory = job.directory() + "/it's here; $(touch harm)\n";
  CHECK(job.run(hazard({"--workers", "1", "--retries", "0", "--job-dir", directory})).exit_code == 1);
  const ProgramResult list = job.run_command({program(job), "crashes", "show", "2", "--job-dir", directory});
  const std::size_t begin = list.out.find("\nReplay");
  REQUIRE(begin != std::string::npos);
  const std::string line = list.out.substr(begin + 1, list.out.find('\n', begin + 1) - begin - 1);
  std::string command = line.substr(line.find("wm-supervisor replay"));
  command.replace(0, std::string("wm-supervisor").size(), program(job));
  const ProgramResult again =
      job.run_command({"/bin/bash", "-c", command + " --worker-program " + hazard_worker()});
  CAPTURE(line, again.out, again.err);
  CHECK(again.exit_code == 0);
  CHECK_FALSE(fs::exists(job.directory() + "/harm"));
}

TEST_CASE("without the right to write reports the job goes on and leaves nothing behind") {
  const Job job;
  for (unsigned i = 0; i < 8; ++i) job.add_picture("fault-segv@decode." + std::to_string(i) + ".jpg", i);
  const auto names = job.add_pictures(20);
  fs::create_directories(crashes_of(job));
  fs::create_symlink("/nowhere", crashes_of(job) + "/index.jsonl");
  CHECK(job.run(hazard({"--workers", "2", "--retries", "0"})).exit_code == 1);
  CHECK(job.report()["marked"] == names.size());
  CHECK(fs::is_empty(crashes_of(job) + "/cells"));
  unsigned reports = 0;
  for (const auto& entry : fs::directory_iterator(crashes_of(job)))
    reports += entry.path().filename().string().starts_with("2") ? 1U : 0U;
  CHECK(reports <= 5);
  CHECK(read_file(job.log_file()).find("a crash report could not be written") != std::string::npos);
}

TEST_CASE("hostile names are shown on one line, hidden when asked, and the crash is found again") {
  const Job job;
  const std::string name = "fault-segv@decode.\n\x1b[31m\xff|.jpg";
  job.add_picture(name);
  CHECK(job.run(hazard({"--workers", "1", "--retries", "0"})).exit_code == 1);
  const auto index = index_of(job);
  REQUIRE(index.size() == 1);
  CHECK(index.front()["input_encoding"] == "percent");
  const Report report = report_of(job, index.front()["id"]);
  CHECK(report.text.find('\x1b') == std::string::npos);
  CHECK(job.run_command({program(job), "replay", report.directory, "--worker-program", hazard_worker()})
            .exit_code == 0);

  fs::remove_all(job.out());
  CHECK(job.run(hazard({"--workers", "1", "--retries", "0", "--redact-paths", "--keep-crash-data"}))
            .exit_code == 1);
  const Report redacted = report_of(job, index_of(job).front()["id"]);
  CHECK(redacted.text.find("fault-segv") == std::string::npos);
  CHECK(redacted.json["task"].dump().find(".jpg") != std::string::npos);
  CHECK(fs::exists(redacted.directory + "/cell"));
  const ProgramResult replay = job.run_command({program(job), "replay", redacted.directory});
  CHECK(replay.exit_code == 2);
  CHECK(replay.err.find("--redact-paths") != std::string::npos);
}

TEST_CASE("with hidden names no file of the crash directory tells one") {
  const Job job;
  Words words =
      job.command(hazard({"--workers", "1", "--retries", "0", "--redact-paths", "--text", "private"}));
  for (unsigned i = 0; i < 60; ++i) {  // more than a worker remembers
    const std::string name = "private-" + std::to_string(i) + ".jpg";
    job.add_picture(name, i);
    words.push_back(job.in(name));
  }
  job.add_picture("fault-segv@encode.private.jpg");
  words.push_back(job.in("fault-segv@encode.private.jpg"));
  CHECK(job.run_command(words).exit_code == 1);
  REQUIRE(index_of(job).size() == 1);
  CHECK(report_of(job, index_of(job).front()["id"]).json["log"].size() > 20);
  for (const auto& entry : fs::recursive_directory_iterator(crashes_of(job))) {
    if (!entry.is_regular_file()) continue;
    CAPTURE(entry.path());
    CHECK(read_file(entry.path().string()).find("private") == std::string::npos);
  }
}

}  // namespace
}  // namespace wm::test
