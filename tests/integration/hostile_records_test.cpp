// Crash records that lie: written by a stranger, or by a worker that somebody has taken over. No process that
// they name is signalled, no file that they name is opened, and nothing waits for them.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/crash_records.h"
#include "tests/support/crash_reports.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/processes.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string record_path(const Job& job, const std::string& name) {
  return crashes_of(job) + "/cells/" + name + ".cell";
}

ProgramResult stacks(const Job& job) {
  return job.run_command({Job::supervisor(), "stacks", job.out()});
}

/// Of a run before. A job goes over the crash records that it finds when it starts and removes this one; what
/// is put there once it is gone stays.
class OldCrashRecord {
 public:
  explicit OldCrashRecord(const Job& job) : path_(record_path(job, "W01-1-0000000000000fff")) {
    write_crash_record(path_, {.state = CrashRecordState::ended});
    for (const std::string& directory : {job.job_directory(), crashes_of(job), crashes_of(job) + "/cells"})
      fs::permissions(directory, fs::perms::owner_all);
  }
  [[nodiscard]] bool is_gone() const { return !fs::exists(path_); }

 private:
  std::string path_;
};

/// A process without a handler for the signal with which workers are asked: it would die of it.
class Bystander {
 public:
  Bystander() : program_({"/bin/sleep", "1000"}) {
    REQUIRE(wait_until([&] { return fs::read_symlink(exe()).filename() != "integration_hostile_records"; }));
  }
  [[nodiscard]] pid_t pid() const { return program_.pid(); }
  [[nodiscard]] bool lives() const { return !program_.has_ended(); }

 private:
  [[nodiscard]] std::string exe() const { return "/proc/" + std::to_string(pid()) + "/exe"; }
  RunningProgram program_;
};

TEST_CASE("stacks asks no process but the workers of the job, whatever the crash records name") {
  const Job job;
  (void)job.add_gated(2);
  const OldCrashRecord old(job);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "2"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 2 && old.is_gone(); }));
  const Bystander bystander;
  const auto forge = [&](const std::string& name, pid_t pid) {
    write_crash_record(record_path(job, name),
                       {.state = CrashRecordState::armed, .pid = pid, .worker = 4, .input = "/x"});
  };
  forge("W05-1-0000000000000001", bystander.pid());
  forge("W05-1-0000000000000002", ::getpid());
  forge("W05-1-0000000000000003", ::getppid());
  forge("W05-1-0000000000000004", 1);
  forge("W05-1-0000000000000005", running.pid());
  forge("W05-1-0000000000000006", job.workers("hazard-worker").front());  // which has another crash record
  forge("W05-1-0000000000000007", 0);
  forge("W05-1-0000000000000008", -1);
  const ProgramResult result = stacks(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("=== worker-01 (pid ") != std::string::npos);
  CHECK(result.out.find("=== worker-02 (pid ") != std::string::npos);
  CHECK(result.out.find("worker-05") == std::string::npos);
  CHECK(result.err.find("names process " + std::to_string(bystander.pid()) + ", which is no worker") !=
        std::string::npos);
  CHECK(bystander.lives());
  CHECK_FALSE(running.has_ended());
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
  CHECK(job.report()["restarts"] == 0);
}

TEST_CASE("stacks asks nobody when no job runs") {
  const Job job;
  const Bystander bystander;
  write_crash_record(record_path(job, "W01-1-0000000000000001"),
                     {.state = CrashRecordState::armed, .pid = bystander.pid()});
  write_file(job.job_directory() + "/lock", "");
  fs::permissions(job.job_directory(), fs::perms::owner_all);
  const ProgramResult result = stacks(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 1);
  CHECK(bystander.lives());
}

TEST_CASE("special files among the crash records are named and left alone") {
  const Job job;
  (void)job.add_gated(1);
  const OldCrashRecord old(job);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "1"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 1 && old.is_gone(); }));
  REQUIRE(::mkfifo(record_path(job, "W02-1-0000000000000001").c_str(), 0600) == 0);
  fs::create_symlink("/dev/zero", record_path(job, "W02-1-0000000000000002"));
  write_file(record_path(job, "W02-1-0000000000000003"), "no crash record");
  fs::create_directory(record_path(job, "W02-1-0000000000000004"));
  const ProgramResult result = stacks(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("=== worker-01 (pid ") != std::string::npos);
  CHECK(result.err.find("W02-1-0000000000000001.cell") != std::string::npos);
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
}

TEST_CASE("a job directory of somebody else's is not asked for stacks") {
  if (::geteuid() != 0) skip("only root can make a directory of somebody else's");
  const Job job;
  const Bystander bystander;
  write_crash_record(record_path(job, "W01-1-0000000000000001"),
                     {.state = CrashRecordState::armed, .pid = bystander.pid()});
  write_file(job.job_directory() + "/job.db", "");
  REQUIRE(::chown(job.job_directory().c_str(), 65534, 65534) == 0);
  const ProgramResult result = stacks(job);
  CAPTURE(result.err);
  CHECK(result.exit_code == 2);
  CHECK(result.err.find("belongs to") != std::string::npos);
  CHECK(bystander.lives());
}

/// Crash records of a supervisor that died, as a worker of it may have written them.
void leave_crash_records(const Job& job, const std::string& huge) {
  const std::vector<std::string> inputs{
      "/dev/zero",    "/etc/shadow",         huge, job.directory() + "/pipe", job.directory(),
      "relative.jpg", std::string(4095, 'x')};
  unsigned number = 0;
  for (const std::string& input : inputs) {
    const std::string name = "W01-1-000000000000001" + std::to_string(number);
    write_crash_record(
        record_path(job, name),
        {.pid = 999999,
         .worker = 0xFFFFFFFF,
         .input = input,
         .map = map_line(0x400000, 0x100000, number % 2 == 0 ? huge : job.directory() + "/pipe"),
         .pc = 0x401100 + 64 * number});
    ++number;
  }
}

TEST_CASE("crash records that an earlier run left are reported without opening a file that they name") {
  const Job job;
  const auto names = job.add_pictures(3);
  REQUIRE(::mkfifo((job.directory() + "/pipe").c_str(), 0600) == 0);
  const std::string huge = job.directory() + "/huge";
  write_file(huge, "");
  fs::resize_file(huge, std::uintmax_t{8} << 40);
  leave_crash_records(job, huge);
  fs::permissions(job.job_directory(), fs::perms::owner_all);
  const ProgramResult result = job.run({"--workers", "1"});
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  CHECK(job.report()["marked"] == names.size());
  CHECK(fs::is_empty(crashes_of(job) + "/cells"));
  const auto index = crash_index(job);
  CHECK(index.size() == 7);
  for (const Json& entry : index) {
    if (entry["full"] != true) continue;
    const CrashReport report = crash_report(job, entry["id"]);
    CAPTURE(report.json["task"].dump());
    CHECK(report.json["task"]["input_xxh3"].is_null());
    CHECK(report.json["task"]["input_hash_problem"] ==
          "cannot be distinguished from another file of its name");
    for (const Json& frame : report.json["analysis"].is_object()
                                 ? report.json["analysis"]["threads"][0]["frames"]
                                 : Json::array()) {
      CHECK(frame["on_disk"] == "refused");
    }
  }
}

TEST_CASE("pictures do not wait for what an earlier run left") {
  const Job job;
  job.add_picture("a.jpg");
  write_crash_record(record_path(job, "W01-1-0000000000000001"), {.pid = 999999, .input = "/x"});
  // It ends when the picture is there.
  const std::string analyzer = job.directory() + "/analyzer";
  write_file(analyzer, "#!/bin/sh\nuntil [ -e '" + job.out("a.jpg") + "' ]; do sleep 0.02; done\nexit 3\n");
  REQUIRE(::chmod(analyzer.c_str(), 0755) == 0);
  fs::permissions(job.job_directory(), fs::perms::owner_all);
  ProgramOptions options = job.options();
  options.environment.push_back("WM_CRASH_ANALYZER=" + analyzer);
  Words words = job.command({"--workers", "1"});
  words.push_back(job.in());
  const ProgramResult result = run_program(words, options);
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  REQUIRE(crash_index(job).size() == 1);
  CHECK(crash_report(job, crash_index(job).front()["id"]).json["raw"] == "the analyzer exited with status 3");
}

TEST_CASE(
    "of very many crash records that an earlier run left the first are reported and the rest is removed") {
  const Job job;
  job.add_picture("a.jpg");
  for (unsigned i = 0; i < 80; ++i) {
    write_crash_record(record_path(job, "W01-" + std::to_string(i) + "-0000000000000001"), {.pid = 999999});
  }
  fs::permissions(job.job_directory(), fs::perms::owner_all);
  const ProgramResult result = job.run({"--workers", "1"});
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  CHECK(fs::is_empty(crashes_of(job) + "/cells"));
  CHECK(crash_index(job).size() == 64);
  CHECK(read_file(job.log_file()).find("16 further crash records were removed unread") != std::string::npos);
}

TEST_CASE("of very many crash records, `crashes recover` reports on as many each time, and keeps all") {
  const Job job;
  job.add_picture("a.jpg");
  REQUIRE(job.run().exit_code == 0);
  for (unsigned i = 0; i < 80; ++i)
    write_crash_record(record_path(job, "W01-" + std::to_string(i) + "-0000000000000001"), {.pid = 999999});
  const auto recover = [&] { return job.run_command({Job::supervisor(), "crashes", "recover", job.out()}); };
  const ProgramResult first = recover();
  CHECK(first.exit_code == 1);
  CHECK(first.err.find("16 further crashes are not reported yet") != std::string::npos);
  CHECK(crash_index(job).size() == 64);
  CHECK(recover().exit_code == 0);
  CHECK(crash_index(job).size() == 80);
  CHECK(recover().out == "no worker had crashed\n");
  CHECK(std::distance(fs::directory_iterator(crashes_of(job) + "/cells"), fs::directory_iterator{}) == 80);
}

TEST_CASE(
    "the report on a left crash record is run again for no file that a link leads to, nor for earlier "
    "files") {
  const Job job;
  const std::string input = job.in("a.jpg");
  job.add_picture("a.jpg");
  CHECK(job.run({"--workers", "1"}).exit_code == 0);  // the job is kept for replay
  write_crash_record(record_path(job, "W01-1-0000000000000001"), {.pid = 999999, .input = input});
  const ProgramResult recovered = job.run_command({Job::supervisor(), "crashes", "recover", job.out()});
  CAPTURE(recovered.out, recovered.err);
  CHECK(recovered.exit_code == 0);
  REQUIRE(crash_index(job).size() == 1);
  const std::string report = crashes_of(job) + "/" + crash_index(job).front()["id"].get<std::string>();
  const ProgramResult replay = job.run_command({Job::supervisor(), "replay", report});
  CHECK(replay.exit_code == 1);  // not reproduced
  CHECK(replay.out.find("cannot tell whether the file is the one") != std::string::npos);
  fs::rename(input, job.directory() + "/moved.jpg");
  fs::create_symlink(job.directory() + "/moved.jpg", input);
  const ProgramResult by_link = job.run_command({Job::supervisor(), "replay", report});
  CHECK(by_link.exit_code == 2);
  CHECK(by_link.err.find("has been replaced since the crash") != std::string::npos);
}

TEST_CASE("a worker that shortens its crash record takes nobody with it") {
  const Job job;
  job.add_picture("short-cell.jpg");
  const auto names = job.add_pictures(4);
  const ProgramResult result = job.run(with_hazard_worker({"--workers", "1", "--retries", "0"}));
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(result.signal == 0);
  CHECK(job.report()["marked"] == names.size());
  CHECK(job.report()["quarantined"] == 1);
  CHECK(crash_report_on(job, job.in("short-cell.jpg")).json["task"]["input"] == job.in("short-cell.jpg"));
}

TEST_CASE("what a worker notes of its files is not believed") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("b-forged-cell-abort.jpg");
  Words words = job.command(with_hazard_worker({"--workers", "1", "--retries", "0"}));
  words.insert(words.end(), {job.in("a.jpg"), job.in("b-forged-cell-abort.jpg")});
  CHECK(job.run_command(words).exit_code == 1);
  const CrashReport report = crash_report_on(job, job.in("b-forged-cell-abort.jpg"));
  CAPTURE(report.json["files"].dump());
  REQUIRE(report.json["files"].size() == 2);
  CHECK(report.json["files"][0]["input"] == job.in("a.jpg"));
  CHECK(report.json["files"][1]["input"] == job.in("b-forged-cell-abort.jpg"));
  CHECK(report.json["task"]["input"] == job.in("b-forged-cell-abort.jpg"));
}

/// What the analyzer says of the one frame of a crash record whose map names `path`.
Json frame_of(const TempDir& directory, const std::string& path, const std::string& head) {
  const std::string crash_record = directory.path() + "/h.cell";
  write_crash_record(crash_record,
                     {.pid = 999999, .map = map_line(0x400000, 0x100000, path), .module = head});
  const ProgramResult result =
      run_program({fs::path(Job::supervisor()).parent_path().string() + "/wm-crash-analyzer", crash_record});
  CAPTURE(path, result.out, result.err);
  REQUIRE_FALSE(result.timed_out);
  if (result.exit_code != 0) return Json{{"on_disk", "refused"}, {"function", nullptr}};
  return Json::parse(result.out)["threads"][0]["frames"][0];
}

TEST_CASE("the analyzer opens no module outside of the directories of programs") {
  const TempDir directory;
  const std::string program = Job::supervisor();
  const std::string head = read_file(program).substr(0, 2048);
  // The worker's own program, in the analyzer's directory.
  CHECK(frame_of(directory, program, head)["on_disk"] == "same");

  const std::string copy = directory.path() + "/copy";
  fs::copy_file(program, copy);
  CHECK(frame_of(directory, copy, head)["on_disk"] == "refused");
  REQUIRE(::mkfifo((directory.path() + "/pipe").c_str(), 0600) == 0);
  for (const std::string& path :
       {directory.path() + "/pipe", std::string("/etc/shadow"), std::string("/dev/zero"),
        std::string("/proc/self/mem"), std::string("/usr/lib/../../etc/shadow"), "/usr/lib/.." + copy,
        std::string("/usr/lib"), std::string("/"), std::string("relative"), std::string("/usr/lib//x")}) {
    const Json frame = frame_of(directory, path, head);
    CAPTURE(path, frame.dump());
    CHECK(frame["on_disk"] != "same");
    CHECK(frame["on_disk"] != "different");
    CHECK(frame["function"].is_null());
  }
}

}  // namespace
}  // namespace wm::test
