// Workers and supervisors are killed, stopped and made to crash; no file is lost, none is marked twice.

#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "common/kill_point/kill_point.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/processes.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;

/// How often each input was said to be marked.
std::map<std::string, int> times_marked(const Job& job) {
  std::map<std::string, int> times;
  for (const LogLine& line : job.final_lines()) {
    if (line.message.starts_with("marked ")) ++times[line.message.substr(0, line.message.rfind(" in "))];
  }
  return times;
}

/// Every file of the job has one row, one outcome and one whole output.
void check_all_marked(const Job& job, const std::vector<std::string>& names) {
  CHECK(files_below(job.out()) == names);
  const auto broken = std::count_if(names.begin(), names.end(), [&](const auto& name) {
    return !is_whole_picture(read_file(job.out(name)));
  });
  CHECK(broken == 0);
  CHECK(temporary_files_below(job.out()).empty());
  const auto count = static_cast<std::int64_t>(names.size());
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file") == count);
  CHECK(journal_number(job.job_directory(),
                       "SELECT count(DISTINCT input) FROM file WHERE state = 'marked'") == count);
}

json problem_of(const json& report, const std::string& ending) {
  for (const json& problem : report.at("problems")) {
    if (problem.at("input").get<std::string>().ends_with(ending)) return problem;
  }
  return {};
}

TEST_CASE("with workers killed at random all the time, each input is marked exactly once") {
  const Job job;
  std::vector<std::string> names;
  for (int i = 1000; i < 1150; ++i)
    names.push_back("slow-" + std::to_string(i) + ".jpg");  // there is time to kill
  for (const std::string& name : names) job.add_picture(name);
  RunningProgram program =
      job.start({"--worker-program", hazard_worker(), "--workers", "3", "--retries", "50"});
  std::minstd_rand random(17);
  int kills = 0;
  int kills_in_vain = 0;  // since the last output: a loaded machine must get the chance to start workers
  std::size_t outputs = 0;
  const bool ended = wait_until(
      [&] {
        const std::size_t now = files_below(job.out()).size();
        if (now > outputs) kills_in_vain = 0;
        outputs = now;
        const auto workers = job.workers("hazard-worker");
        if (kills_in_vain < 3 && !workers.empty() &&
            ::kill(workers[random() % workers.size()], SIGKILL) == 0) {
          ++kills;
          ++kills_in_vain;
        }
        return program.has_ended();
      },
      4min, 50ms);
  REQUIRE(ended);
  const ProgramResult result = program.wait();
  INFO(kills << " kills: " << result.err);
  CHECK(kills > 5);
  CHECK(result.exit_code == 0);
  CHECK(ledger_fault(job, result) == "");
  check_all_marked(job, names);
  const auto times = times_marked(job);
  CHECK(times.size() == names.size());
  CHECK(std::all_of(times.begin(), times.end(), [](const auto& entry) { return entry.second == 1; }));
  CHECK(job.workers("hazard-worker").empty());
}

TEST_CASE("a supervisor that is killed takes its workers along, and the next one repeats nothing") {
  const Job job;
  auto names = job.add_gated(1);  // no run is over before it is killed
  const auto others = job.add_pictures(250, 400, 300);
  names.insert(names.end(), others.begin(), others.end());
  const Words options{"--worker-program", hazard_worker(), "--timeout", "0"};
  const auto run_until = [&](std::size_t goal) {
    RunningProgram program = job.start(options);
    REQUIRE(wait_until([&] {
      return files_below(job.out()).size() >= std::min(goal, others.size()) || program.has_ended();
    }));
    REQUIRE(!program.has_ended());
    program.send(SIGKILL);
    CHECK(program.wait().signal == SIGKILL);
    CHECK(wait_until([&] { return job.workers("").empty(); }));
  };
  std::minstd_rand random(GENERATE(3U, 4U));
  for (int life = 0; life < 4; ++life) {
    run_until(files_below(job.out()).size() + 10 + random() % 25);

    std::map<std::string, FileIdentity> published;
    for (const std::string& name : files_below(job.out())) {
      published[name] = identity_of(job.out(name));
      CHECK(is_whole_picture(read_file(job.out(name))));
    }
    if (life == 3) {
      job.open_gate();
      const ProgramResult result = job.run(options);
      INFO(result.err);
      CHECK(result.exit_code == 0);
      CHECK(ledger_fault(job, result) == "");
      check_all_marked(job, names);
    } else {
      run_until(published.size() + 1);
    }
    const auto repeated = std::count_if(published.begin(), published.end(), [&](const auto& entry) {
      return identity_of(job.out(entry.first)) != entry.second;
    });
    CHECK(repeated == 0);
  }
}

TEST_CASE("a supervisor that is killed before any file is done gives up no file that no worker had begun") {
  constexpr int runs = 5;  // JobJournal::max_interruptions
  constexpr unsigned files = 12;
  constexpr unsigned workers = 2;
  const Job job;
  const std::vector<std::string> names = job.add_gated(files);
  const Words options{"--worker-program", hazard_worker(),        "--timeout", "0",
                      "--workers",        std::to_string(workers)};
  for (unsigned run = 1; run <= runs; ++run) {
    RunningProgram program = job.start(options);
    CHECK(wait_until([&] { return job.at_gate() == workers * run; }));
    program.send(SIGKILL);
    CHECK(program.wait().signal == SIGKILL);
    CHECK(wait_until([&] { return job.workers("hazard-worker").empty(); }));
  }
  job.open_gate();
  const ProgramResult result = job.run(options);
  INFO(result.err);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("quarantined") == workers);
  CHECK(job.report().at("marked") == files - workers);
  CHECK(problem_of(job.report(), names.front()).at("message") ==
        "was in progress when one run after another ended without finishing a file");
}

TEST_CASE("a supervisor that is killed after its workers have ended: nothing is made again") {
  if (!with_kill_points) skip("this build has no kill points");
  const Job job;
  const auto names = job.add_pictures(20);
  ProgramOptions options = job.options();
  options.environment.push_back("WM_KILL_DIR=" + job.directory());
  options.environment.push_back("WM_KILL_PLAN=shutdown.workers_gone=kill");
  Words words = job.command();
  words.push_back(job.in());
  REQUIRE(run_program(words, options).signal == SIGKILL);
  CHECK(files_below(job.out()) == names);
  if (GENERATE(false, true))
    CHECK(job.run_command({Job::supervisor(), "crashes", "recover", job.out()}).exit_code == 0);
  const ProgramResult result = job.run();
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 0);
  CHECK(job.report().at("up_to_date") == names.size());
  CHECK(fs::is_empty(job.job_directory() + "/crashes/cells"));
}

TEST_CASE("crash records of workers that ended do not pile up while the job goes on") {
  const Job job;
  (void)job.add_gated(1);
  (void)job.add_pictures(20);
  job.add_picture("abort.jpg");
  RunningProgram program = job.start({"--worker-program", hazard_worker(), "--workers", "1", "--recycle", "2",
                                      "--retries", "1", "--timeout", "0"});
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  const std::string crash_records = job.job_directory() + "/crashes/cells";
  CHECK(wait_until(
      [&] { return std::distance(fs::directory_iterator(crash_records), fs::directory_iterator()) == 1; }));
  job.open_gate();
  CHECK(program.wait().exit_code == 1);
  CHECK(fs::is_empty(crash_records));
}

TEST_CASE("a stopped supervisor that is killed leaves no worker behind") {
  const Job job;
  (void)job.add_gated(3);
  RunningProgram program = job.start({"--worker-program", hazard_worker()});
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  CHECK(job.workers("hazard-worker").size() == 2);
  program.send(SIGSTOP);
  program.send(SIGKILL);
  CHECK(program.wait().signal == SIGKILL);
  CHECK(wait_until([&] { return job.workers("hazard-worker").empty(); }));
}

TEST_CASE("a worker that is stopped from outside is killed at its deadline and its file is not lost") {
  const Job job;
  (void)job.add_gated(3);
  (void)job.add_pictures(37);
  // Whatever else is overdue on a busy machine is tried again as well.
  RunningProgram program =
      job.start({"--worker-program", hazard_worker(), "--timeout", "1s", "--retries", "100"});
  REQUIRE(wait_until([&] { return job.at_gate() >= 2; }));  // both workers are busy
  const auto workers = job.workers("hazard-worker");
  REQUIRE(!workers.empty());
  ::kill(workers.front(), SIGSTOP);
  job.open_gate();
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK(!result.timed_out);
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 40);
  CHECK(job.report().at("restarts") >= 1);
  const auto lines = job.log();
  const std::string stopped = "(pid " + std::to_string(workers.front()) + ") ";
  CHECK(std::ranges::count_if(lines, [&](const LogLine& line) {
          return line.level == "CRITICAL" && line.message.find(stopped) != std::string::npos;
        }) == 1);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("a file that hangs every time is quarantined with kind timeout, however it hangs") {
  const Job job;
  const std::string hung = GENERATE("hang.jpg", "busy.jpg", "deaf.jpg");
  const int retries = hung == "hang.jpg" ? 1 : 0;
  // Nothing else is in this run, so that no other file can be overdue, however slow the machine is.
  job.add_picture(hung);
  const ProgramResult result = job.run(
      {"--worker-program", hazard_worker(), "--timeout", "500ms", "--retries", std::to_string(retries)});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  const json report = job.report();
  CHECK(report.at("quarantined") == 1);
  CHECK(report.at("retries") == retries);
  const json problem = problem_of(report, hung);
  CHECK(problem.at("kind") == "timeout");
  CHECK(problem.at("attempts") == 1 + retries);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("a worker that hangs is replaced, and its file and those after it are marked") {
  const Job job;
  const std::string hung = GENERATE("busy-once.jpg", "deaf-once.jpg", "hang-once.jpg");
  job.add_picture(hung);
  job.add_pictures(10);
  // One worker alone: it must be replaced, or nothing goes on.
  const ProgramResult result = job.run(
      {"--worker-program", hazard_worker(), "--workers", "1", "--timeout", "500ms", "--retries", "100"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  const json report = job.report();
  CHECK(report.at("marked") == 11);
  CHECK(report.at("restarts") >= 1);
  const auto lines = job.log();
  CHECK(std::ranges::count_if(lines, [&](const LogLine& line) {
          return line.level == "CRITICAL" && line.message.find(hung) != std::string::npos &&
                 line.message.find("exceeded its time (--timeout 500ms)") != std::string::npos;
        }) >= 1);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("a worker that takes more memory than it may is killed, and its file says so") {
  const Job job;
  job.add_pictures(20);
  job.add_picture("greedy.jpg");
  const ProgramResult result = job.run({"--worker-program", hazard_worker(), "--memory-limit",
                                        std::to_string(200 * slowness) + "M", "--log-level", "debug"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("marked") == 20);
  const json problem = problem_of(job.report(), "greedy.jpg");
  CHECK(problem.at("kind") == "out_of_memory");
  CHECK(problem.at("attempts") == 2);
  CHECK(problem.at("message").get<std::string>().find(" MiB") != std::string::npos);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("no worker may write a file beyond --max-output, and a picture that would says so") {
  const Job job;
  (void)job.add_gated(1);
  job.add_picture("too-large-output.jpg");
  RunningProgram program = job.start({"--worker-program", hazard_worker(), "--workers", "1", "--recycle", "1",
                                      "--timeout", "0", "--max-output", "100M"});
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  const auto workers = job.workers("hazard-worker");
  REQUIRE(workers.size() == 1);
  std::istringstream limits(read_file("/proc/" + std::to_string(workers.front()) + "/limits"));
  std::string hard;
  for (std::string line; std::getline(limits, line);) {
    if (line.starts_with("Max file size")) std::istringstream(line.substr(38)) >> hard;
  }
  CHECK(hard == std::to_string(100 << 20));
  job.open_gate();
  const ProgramResult result = program.wait();
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("restarts") == 0);
  const json problem = problem_of(job.report(), "too-large-output.jpg");
  CHECK(problem.at("kind") == "write_error");
  const std::string message = problem.at("message");
  CHECK(message.find("larger than 500 bytes") != std::string::npos);
  CHECK(message.find("--max-output") != std::string::npos);
  CHECK(temporary_files_below(job.out()).empty());
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("the log says what each worker may hold, and so does doctor") {
  const Job job;
  job.add_pictures(2);
  const auto first_line = [&] {
    for (const LogLine& line : job.log()) {
      if (line.message.starts_with("started with ")) return line.message;
    }
    return std::string();
  };
  CHECK(job.run({"--workers", "2", "--memory-limit", "1536M"}).exit_code == 0);
  CHECK(first_line().starts_with("started with 2 workers, 1.5 GiB of memory for each: "));
  fs::remove(job.log_file());
  CHECK(job.run({"--workers", "2", "--memory-limit", "none"}).exit_code == 0);
  CHECK(first_line().starts_with("started with 2 workers, no limit on their memory: "));
  fs::remove(job.log_file());
  CHECK(job.run({"--workers", "2"}).exit_code == 0);
  const std::string by_default = first_line();
  CHECK(by_default.find("iB of memory for each: ") != std::string::npos);
  const ProgramResult doctor = job.run_command({Job::supervisor(), "doctor"});
  CHECK(doctor.out.find("--memory-limit") != std::string::npos);
  CHECK(doctor.out.find("80 % of ") != std::string::npos);
}

TEST_CASE("workers go before their supervisor when memory runs out") {
  const Job job;
  (void)job.add_gated(2);
  const RunningProgram program = job.start({"--worker-program", hazard_worker()});
  const auto score = [](pid_t pid) {
    const std::string text = read_file("/proc/" + std::to_string(pid) + "/oom_score_adj");
    return text.empty() ? -1001 : std::stoi(text);
  };
  CHECK(wait_until([&] {
    const auto workers = job.workers("hazard-worker");
    return !workers.empty() && score(workers.front()) > score(program.pid());
  }));
}

TEST_CASE("workers that are stopped between two files do not stop the job") {
  const Job job;
  job.add_pictures(1);
  const std::string list = job.directory() + "/list";
  REQUIRE(::mkfifo(list.c_str(), 0600) == 0);
  Words words = job.command({"--timeout", "1s", "--retries", "100", "--workers", "1", "--files-from", list});
  const RunningProgram program(words, job.options());
  std::ofstream feed(list);
  feed << job.in("picture-1000.jpg") << std::endl;
  REQUIRE(wait_until([&] { return files_below(job.out()).size() == 1; }));
  const auto workers = job.workers();
  REQUIRE(workers.size() == 1);
  ::kill(workers.front(), SIGSTOP);
  job.add_picture("later.jpg");
  feed << job.in("later.jpg") << std::endl;
  CHECK(wait_until([&] { return files_below(job.out()).size() == 2; }));
  feed.close();
  CHECK(wait_until([&] { return program.has_ended(); }));
  CHECK(job.report().at("marked") == 2);
  CHECK(job.report().at("restarts") >= 1);
}

TEST_CASE("one poisonous file among many costs as many workers as it has attempts") {
  const Job job;
  constexpr int good = 200;
  (void)job.add_pictures(good);
  job.add_picture("abort.jpg");
  const Words options{"--worker-program", hazard_worker(), "--retries", "2", "--log-level", "debug"};
  const ProgramResult result = job.run(options);
  CHECK(result.exit_code == 1);
  json report = job.report();
  CHECK(report.at("marked") == good);
  CHECK(report.at("quarantined") == 1);
  CHECK(report.at("restarts") == 3);
  CHECK(problem_of(report, "abort.jpg").at("attempts") == 3);
  CHECK(ledger_fault(job, result) == "");
  // Its last attempt began when all others were begun: one of them may have been in progress beside it.
  const auto lines = job.final_lines();
  REQUIRE(lines.size() == good + 1);
  CHECK(std::ranges::any_of(lines.end() - 2, lines.end(), [](const LogLine& line) {
    return line.message.find("abort.jpg") != std::string::npos;
  }));

  CHECK(job.run(options).exit_code == 1);
  report = job.report();
  CHECK(report.at("restarts") == 0);
  CHECK(report.at("up_to_date") == good);
  CHECK(report.at("quarantined") == 1);

  Words again = options;
  again.emplace_back("--retry-quarantined");
  CHECK(job.run(again).exit_code == 1);
  CHECK(job.report().at("restarts") == 3);
}

TEST_CASE("a file that crashes its worker every time is quarantined and not tried again unasked") {
  const Job job;
  job.add_pictures(20);
  const std::string poison = GENERATE("abort.jpg", "exit.jpg");
  job.add_picture(poison);
  const Words options{"--worker-program", hazard_worker(), "--retries", "2"};
  const ProgramResult result = job.run(options);
  INFO(result.err);
  CHECK(result.exit_code == 1);
  json report = job.report();
  CHECK(report.at("marked") == 20);
  CHECK(report.at("quarantined") == 1);
  CHECK(report.at("restarts") == 3);
  CHECK(report.at("retries") == 2);
  json problem = problem_of(report, poison);
  CHECK(problem.at("status") == "quarantined");
  CHECK(problem.at("kind") == "crash");
  CHECK(problem.at("attempts") == 3);
  CHECK(problem.at("message").get<std::string>().find(poison == "abort.jpg" ? "SIGABRT" : "status 7") !=
        std::string::npos);
  CHECK(ledger_fault(job, result) == "");
  const auto lines = job.final_lines();
  CHECK(std::count_if(lines.begin(), lines.end(), [&](const LogLine& line) {
          return line.level == "ERROR" && line.message.find(poison) != std::string::npos;
        }) == 1);

  const ProgramResult again = job.run(options);
  CHECK(again.exit_code == 1);
  report = job.report();
  CHECK(report.at("restarts") == 0);
  CHECK(report.at("quarantined") == 1);
  CHECK(report.at("up_to_date") == 20);
  CHECK(problem_of(report, poison).at("attempts") == 3);
  CHECK(ledger_fault(job, again) == "");

  const ProgramResult asked = job.run({"--worker-program", hazard_worker(), "--retry-quarantined"});
  CHECK(asked.exit_code == 1);
  CHECK(job.report().at("restarts") == 2);
  const ProgramResult healed = job.run({"--retry-quarantined"});  // the decoder was repaired
  CHECK(healed.exit_code == 0);
  CHECK(job.report().at("marked") == 1);
}

TEST_CASE("a quarantined file that was replaced is tried again") {
  const Job job;
  job.add_picture("good.jpg");
  job.add_picture("abort.jpg");
  CHECK(job.run({"--worker-program", hazard_worker()}).exit_code == 1);
  job.add_picture("abort.jpg", 9);
  CHECK(job.run().exit_code == 0);
  CHECK(job.report().at("marked") == 1);
}

TEST_CASE("a file that kills its supervisor's workers is not held against its neighbours") {
  const Job job;
  const auto names = job.add_pictures(60);
  for (int i = 0; i < 6; ++i) job.add_picture("abort-" + std::to_string(i) + ".jpg");
  const ProgramResult result = job.run({"--worker-program", hazard_worker(), "--workers", "4"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("marked") == 60);
  CHECK(job.report().at("quarantined") == 6);
  CHECK(files_below(job.out()) == names);
  CHECK(ledger_fault(job, result) == "");
}

TEST_CASE("a worker that overwrites the shared memory loses no file") {
  const Job job;
  auto names = job.add_pictures(100);
  job.add_picture("scribble.jpg");
  names.emplace_back("scribble.jpg");
  const ProgramResult result = job.start({"--worker-program", hazard_worker(), "--workers", "3"}).wait();
  INFO(result.err);
  REQUIRE(!result.timed_out);
  CHECK(fs::exists(job.directory() + "/scribbled"));
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 101);
  CHECK(ledger_fault(job, result) == "");
  check_all_marked(job, names);
}

TEST_CASE("a worker that cannot start stops the job at once with its own words") {
  const Job job;
  job.add_pictures(5);
  const std::string worker = job.directory() + "/worker";
  write_file(worker, "#!/bin/sh\necho >>starts\necho 'libvips.so.42: not found' >&2\nexit 1\n");
  fs::permissions(worker, fs::perms::owner_all);
  const ProgramResult result = job.run({"--worker-program", worker});
  CHECK(result.exit_code == 3);
  // Each of the two workers was tried at most once.
  const std::string starts = read_file(job.directory() + "/starts");
  CHECK(!starts.empty());
  CHECK(starts.size() <= 2);
  CHECK(result.err.find("libvips.so.42: not found") != std::string::npos);
  CHECK(files_below(job.out()).empty());
}

TEST_CASE("workers that cannot start are not started again while their last words come in") {
  const Job job;
  job.add_pictures(5);
  const std::string worker = job.directory() + "/worker";
  // The second dies a little later; what they have left behind keeps its output open for longer.
  write_file(
      worker,
      "#!/bin/sh\necho >>starts\nif mkdir first 2>/dev/null; then sleep 0.4 & else sleep 2 & sleep 0.1; fi\n"
      "echo 'libvips.so.42: not found' >&2\nexit 1\n");
  fs::permissions(worker, fs::perms::owner_all);
  const ProgramResult result = job.run({"--worker-program", worker});
  CHECK(result.exit_code == 3);
  CHECK(read_file(job.directory() + "/starts").size() <= 2);
  CHECK(result.err.find("libvips.so.42: not found") != std::string::npos);
}

}  // namespace
}  // namespace wm::test
