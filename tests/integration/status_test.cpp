// status.json and `wm-supervisor status`: while a job runs, after each kind of end, and after the
// supervisor's death.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/kill_point/kill_point.h"
#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/documents.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/processes.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

ProgramResult status_of(const Job& job, const Words& options = {}) {
  Words words{Job::supervisor(), "status", job.job_directory()};
  words.insert(words.end(), options.begin(), options.end());
  return job.run_command(words);
}

/// What --json prints; null when there is no status yet.
Json status_json(const Job& job) {
  return Json::parse(status_of(job, {"--json"}).out, nullptr, false);
}

std::set<std::string> keys_of(const Json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

/// Whether the object has the fields that docs/monitoring.md lists in its table under `heading`, and no
/// others.
void check_fields(const Json& object, const std::string& heading, const std::set<std::string>& besides = {}) {
  std::set<std::string> wanted = names_in_table(section(document("docs/monitoring.md"), heading));
  wanted.insert(besides.begin(), besides.end());
  wanted.erase("input_encoding");  // only beside a path that is not UTF-8
  CHECK(keys_of(object) == wanted);
}

TEST_CASE("a running job shows its workers, their stages and files") {
  const Job job;
  job.add_pictures(3);
  job.add_gated(2);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "2", "--retries", "0"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }, patience));
  Json status;
  const auto shows_both = [&] {
    status = status_json(job);
    if (!status.is_object() || status["workers"].size() != 2) return false;
    for (const Json& worker : status["workers"]) {
      if (worker["state"] != "busy" || worker["input"].dump().find("gated") == std::string::npos)
        return false;
    }
    return status["marked"] == 3 && status["phase"] == "running";
  };
  REQUIRE(wait_until(shows_both, patience));
  CAPTURE(status.dump(1));
  check_fields(status, "### The fields", {"state"});
  check_fields(status["workers"][0], "### A worker");
  CHECK(status["state"] == "running");
  CHECK(status["phase"] == "running");
  CHECK(status["inputs"] == 5);
  CHECK(status["marked"] == 3);
  CHECK(status["pending"] == 2);
  CHECK(status["scan_complete"] == true);
  CHECK(status["exit_code"].is_null());
  CHECK(status["input_bytes"] > 0);
  CHECK(status["output_bytes"] > 0);
  CHECK(status["output_free_bytes"] > 0);
  std::set<pid_t> pids;
  for (const Json& worker : status["workers"]) {
    CHECK(worker["stage"] == "decode");
    CHECK(worker["input"].get<std::string>().find("gated") != std::string::npos);
    CHECK(worker["incarnation"] == 1);
    CHECK(worker["resident_bytes"] > 1'000'000);
    pids.insert(worker["pid"].get<pid_t>());
  }
  const auto workers = job.workers("hazard-worker");
  CHECK(pids == std::set<pid_t>(workers.begin(), workers.end()));

  const ProgramResult shown = status_of(job);
  CHECK(shown.exit_code == 0);
  CAPTURE(shown.out);
  CHECK(shown.out.starts_with("running (pid " + std::to_string(running.pid()) + " on "));
  CHECK(shown.out.find("\n5 pictures: 3 marked, 2 to do\n") != std::string::npos);
  CHECK(shown.out.find("decode") != std::string::npos);
  CHECK(shown.out.find('\x1b') == std::string::npos);
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
}

/// The objects of --progress json; all other lines are messages.
std::vector<Json> progress_objects(const std::string& stderr_text) {
  std::vector<Json> objects;
  std::istringstream lines(stderr_text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("wm-supervisor: ")) objects.push_back(Json::parse(line));
  }
  return objects;
}

TEST_CASE("--progress json writes an object a second, one at a stop and one at the end, also when quiet") {
  const Job job;
  job.add_pictures(3);
  job.add_gated(2);
  RunningProgram running = job.start(with_hazard_worker(
      {"--workers", "2", "--retries", "0", "--grace", "10m", "--progress", "json", "--quiet"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 2 && status_json(job)["marked"] == 3; }, patience));
  running.send(SIGTERM);
  REQUIRE(wait_until([&] { return status_json(job)["phase"] == "stopping"; }, patience));
  job.open_gate();
  const ProgramResult result = running.wait();
  CAPTURE(result.err);
  CHECK(result.out == "");
  CHECK(result.err.find("finishing") == std::string::npos);
  const std::vector<Json> objects = progress_objects(result.err);
  REQUIRE(objects.size() >= 3);
  std::set<std::string> phases;
  for (const Json& object : objects) {
    check_fields(object, "### An object");
    phases.insert(object["phase"].get<std::string>());
    if (object["phase"] == "stopping" && object["marked"] == 3) CHECK(object["in_progress"] == 2);
  }
  CHECK(phases.contains("stopping"));
  const Json& last = objects.back();
  CHECK(last["phase"] == "finished");
  CHECK(last["marked"] == 5);
  CHECK(last["pending"] == 0);
  CHECK(last["in_progress"] == 0);
  CHECK(last["exit_code"] == 143);
  CHECK(last["reason"] == "stopped by SIGTERM");
  const Json status = Json::parse(read_file(job.job_directory() + "/status.json"));
  for (const auto& [key, value] : last.items()) {
    if (key != "in_progress") CHECK(status[key] == value);
  }
}

TEST_CASE("nobody who does not read the objects of --progress json holds up the job") {
  const Job job;
  job.add_pictures(3);
  job.add_gated(1);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  REQUIRE(::fcntl(write_end.get(), F_SETPIPE_SZ, 4096) == 4096);
  REQUIRE(::fcntl(read_end.get(), F_SETFL, O_NONBLOCK) == 0);
  const std::string filling = "wm-supervisor: " + std::string(4096 - 16, 'x') + "\n";
  REQUIRE(::write(write_end.get(), filling.data(), filling.size()) == 4096);
  Words words = job.command(with_hazard_worker({"--workers", "1", "--retries", "0", "--progress", "json"}));
  words.insert(words.end(), {job.in(), job.gated()});
  words.insert(words.begin(),
               {"/bin/sh", "-c", R"(exec "$0" "$@" 2>/dev/fd/)" + std::to_string(write_end.get())});
  RunningProgram running(words, job.options());
  const auto updates = [&] {
    const Json status = status_json(job);
    return status.contains("updated_ns") ? status["updated_ns"] : Json();
  };
  REQUIRE(wait_until([&] { return updates().is_number(); }, patience));
  for (int i = 0; i < 3; ++i) {  // although the pipe takes nothing
    const Json last = updates();
    REQUIRE(wait_until([&] { return updates() > last; }, patience));
  }
  job.open_gate();
  std::string read;
  const auto reads_to_the_end = [&] {
    char some[4096];
    for (ssize_t count = 0; (count = ::read(read_end.get(), some, sizeof some)) > 0;)
      read.append(some, static_cast<std::size_t>(count));
    return running.has_ended();
  };
  REQUIRE(wait_until(reads_to_the_end, patience));
  reads_to_the_end();
  CHECK(progress_objects(read).back()["phase"] == "finished");
  CHECK(running.wait().exit_code == 0);
}

TEST_CASE("a finished job, and its problems") {
  const Job job;
  job.add_pictures(2);
  write_file(job.in("broken.jpg"), "\xff\xd8\xff no picture");
  CHECK(job.run().exit_code == 1);
  const Json status = status_json(job);
  CAPTURE(status.dump(1));
  CHECK(status["state"] == "finished");
  CHECK(status["phase"] == "finished");
  CHECK(status["exit_code"] == 1);
  CHECK(status["reason"].is_null());
  CHECK(status["workers"].empty());
  for (const char* const count : {"inputs", "marked", "failed", "pending", "output_bytes", "restarts"})
    CHECK(status[count] == job.report()[count]);
  REQUIRE(status["problems"].size() == 1);
  check_fields(status["problems"][0], "### A problem");
  CHECK(status["problems"][0]["kind"] == "corrupt");
  const ProgramResult shown = status_of(job);
  CHECK(shown.exit_code == 3);
  CHECK(shown.out.starts_with("finished "));
  CHECK(shown.out.find("broken.jpg: corrupt: ") != std::string::npos);
  struct ::stat file {};
  REQUIRE(::stat((job.job_directory() + "/status.json").c_str(), &file) == 0);
  CHECK((file.st_mode & 0133U) == 0);
}

TEST_CASE("a job that was stopped, and one whose supervisor was killed, are not taken for finished ones") {
  const Job job;
  job.add_pictures(3);
  job.add_gated(2);
  const Words options = with_hazard_worker({"--workers", "2", "--retries", "0", "--grace", "0s"});
  RunningProgram running = job.start(options);
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }, patience));
  SECTION("stopped") {
    ::kill(running.pid(), SIGTERM);
    CHECK(running.wait().exit_code == 143);
    const Json status = status_json(job);
    CHECK(status["state"] == "stopped early");
    CHECK(status["exit_code"] == 143);
    CHECK(status["reason"] == "stopped by SIGTERM");
    CHECK(status["pending"] == 2);
    const ProgramResult shown = status_of(job);
    CHECK(shown.exit_code == 3);
    CHECK(shown.out.find("exit code 143: stopped by SIGTERM") != std::string::npos);
  }
  SECTION("killed") {
    REQUIRE(wait_until([&] { return status_json(job).contains("phase"); }, patience));
    ::kill(running.pid(), SIGKILL);
    static_cast<void>(running.wait());
    const Json status = status_json(job);
    CHECK(status["state"] == "died");
    CHECK(status["phase"] != "finished");
    const ProgramResult shown = status_of(job);
    CHECK(shown.exit_code == 3);
    CHECK(shown.out.starts_with("died "));
  }
}

TEST_CASE("--watch shows the job until it ends, and plain text where there is no terminal") {
  const Job job;
  job.add_pictures(2);
  job.add_gated(1);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "1", "--retries", "0"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }, patience));
  const std::string shown = job.directory() + "/shown";
  RunningProgram watching(
      {"/bin/sh", "-c", R"("$0" status "$1" --watch > "$2")", Job::supervisor(), job.job_directory(), shown},
      job.options());
  REQUIRE(wait_until([&] { return read_file(shown).find("running (pid ") != std::string::npos; }, patience));
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
  CHECK(watching.wait().exit_code == 3);
  const std::string text = read_file(shown);
  CHECK(text.find("\nfinished ") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("what is no job, has no status, or is damaged is named") {
  const Job job;
  const ProgramResult none = status_of(job);
  CHECK(none.exit_code == 2);
  job.add_pictures(1);
  CHECK(job.run().exit_code == 0);
  std::filesystem::remove(job.job_directory() + "/status.json");
  const ProgramResult empty = status_of(job);
  CHECK(empty.exit_code == 2);
  CHECK(empty.err.find("has no status.json") != std::string::npos);
  CHECK(job.run({"--overwrite", "all"}).exit_code == 0);
  const Json whole = Json::parse(read_file(job.job_directory() + "/status.json"));
  const auto check_damaged = [&](const std::string& text) {
    CAPTURE(text);
    write_file(job.job_directory() + "/status.json", text);
    const ProgramResult damaged = status_of(job);
    CHECK(damaged.exit_code == 2);
    CHECK(damaged.err.find("status.json is damaged, or of another version") != std::string::npos);
  };
  for (const char* const text : {"{", "[]"}) check_damaged(text);
  const std::vector<std::pair<const char*, Json>> faults{
      {"schema", 2},       {"phase", "asleep"}, {"updated_ns", -1}, {"inputs", 0},
      {"workers", "none"}, {"marked", "1"},     {"pid", 1.5},       {"log_records", nullptr}};
  for (const auto& [key, value] : faults) {
    Json damaged = whole;
    damaged[key] = value;
    check_damaged(damaged.dump());
  }
}

TEST_CASE("a stop that ends the scan leaves the job unfinished, though every picture found is marked") {
  const Job job;
  const std::vector<std::string> names = job.add_pictures(2);
  const std::string list = job.directory() + "/list";
  REQUIRE(::mkfifo(list.c_str(), 0600) == 0);
  RunningProgram running(job.command({"--workers", "1", "--files-from", list}), job.options());
  std::ofstream feed(list);
  for (const std::string& name : names) feed << job.in(name) << std::endl;
  REQUIRE(wait_until([&] { return files_below(job.out()).size() == 2; }, patience));
  ::kill(running.pid(), SIGTERM);
  CHECK(running.wait().exit_code == 143);
  const Json status = status_json(job);
  CAPTURE(status.dump(1));
  CHECK(status["scan_complete"] == false);
  CHECK(status["pending"] == 0);
  CHECK(status["state"] == "stopped early");
}

/// A run whose workers meet what WM_KILL_PLAN says, each entry once.
RunningProgram start_struck(const Job& job, const std::string& plan, const Words& extra) {
  ProgramOptions options = job.options();
  const std::string struck = job.directory() + "/struck";
  std::filesystem::create_directory(struck);
  options.environment.push_back("WM_KILL_DIR=" + struck);
  options.environment.push_back("WM_KILL_PLAN=" + plan);
  Words words = job.command(extra);
  words.push_back(job.in());
  return RunningProgram(words, options);
}

/// Waits until the status is of this phase and its workers are in these states; returns it.
Json await_states(const Job& job, const std::string& phase, std::multiset<std::string> wanted) {
  Json status;
  const auto shows_them = [&] {
    status = status_json(job);
    if (!status.is_object() || status["phase"] != phase) return false;
    std::multiset<std::string> states;
    for (const Json& worker : status["workers"]) states.insert(worker["state"].get<std::string>());
    return states == wanted;
  };
  const bool seen = wait_until(shows_them, patience);
  CAPTURE(status.dump(1));
  REQUIRE(seen);
  return status;
}

TEST_CASE("a job that starts again does not show how the last run ended while its first worker starts") {
  if (!with_kill_points) skip("this build has no kill points");
  const Job job;
  job.add_pictures(2);
  CHECK(job.run().exit_code == 0);
  RunningProgram running =
      start_struck(job, "boot.attached=stop", {"--workers", "1", "--overwrite", "all", "--timeout", "0"});
  const auto shows_start = [&] {
    const Words words{Job::supervisor(), "status", job.out()};
    return !job.workers().empty() && job.run_command(words).out.starts_with("starting: ");
  };
  REQUIRE(wait_until(shows_start, patience));
  const Json status = status_json(job);
  CHECK(status["state"] == "running");
  CHECK_FALSE(status.contains("phase"));
  CHECK(job.run().exit_code == 75);
  REQUIRE(wait_until([&] {  // it is sent in vain before the worker has stopped
    for (const pid_t worker : job.workers()) ::kill(worker, SIGCONT);
    return running.has_ended();
  }));
  CHECK(running.wait().exit_code == 0);
  CHECK(status_json(job)["state"] == "finished");
}

TEST_CASE("a place without a worker is shown as such until the next one is started") {
  if (!with_kill_points) skip("this build has no kill points");
  const Job job;
  job.add_pictures(2);
  // The first death costs no pause, the second one this pause.
  RunningProgram running = start_struck(job, "boot.notified=abort,boot.notified=abort",
                                        {"--workers", "1", "--restart-pause", "60s"});
  const Json status = await_states(job, "running", {"none"});
  CHECK(status["workers"][0]["pid"].is_null());
  CHECK(status["workers"][0]["incarnation"] == 2);
  CHECK(status["workers"][0]["resident_bytes"] == 0);
  running.send(SIGTERM);
  CHECK(running.wait().exit_code == 143);
}

TEST_CASE("a job whose scan goes on, and one that is being stopped, say so") {
  const Job job;
  const std::string name = job.add_gated(1).front();
  const std::string list = job.directory() + "/list";
  REQUIRE(::mkfifo(list.c_str(), 0600) == 0);
  const Words options = with_hazard_worker({"--workers", "1", "--files-from", list, "--grace", "10m"});
  RunningProgram running(job.command(options), job.options());
  std::ofstream feed(list);
  feed << job.gated(name) << std::endl;
  Json status = await_states(job, "scanning", {"busy"});
  CHECK(status["scan_complete"] == false);
  CHECK(status["eta_s"].is_null());
  running.send(SIGTERM);
  status = await_states(job, "stopping", {"busy"});
  CHECK(status["state"] == "running");
  job.open_gate();
  CHECK(running.wait().exit_code == 143);
}

TEST_CASE("a worker whose picture waits for memory is not busy") {
  const Job job;
  // More than there is anywhere: such a picture runs when no other holds a grant.
  for (const char* const name : {"asks-16000000-gated-1.jpg", "asks-16000000-gated-2.jpg"})
    write_file(job.gated(name), sample_picture(64, 48, ".jpg"));
  RunningProgram running = job.start(with_hazard_worker({"--workers", "2"}));
  const Json status = await_states(job, "running", {"busy", "waiting for memory"});
  for (const Json& worker : status["workers"]) CHECK(worker["input"].is_string());
  const ProgramResult shown = status_of(job);
  CHECK(shown.out.find("waiting for memory 0:0") != std::string::npos);
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
}

}  // namespace
}  // namespace wm::test
