// The disk of the outputs, of the journal, of the log or of all of them is full: no broken file, no lost and
// no double one, a line that says what to do, and once there is room the job comes to its end. On file
// systems of this test's own, in a namespace of its own.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/own_mounts.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void skip_without_mounts() {
  if (!no_mounts.empty()) skip(no_mounts);
}

using Identities = std::map<std::string, FileIdentity>;

Identities outputs_of(const Job& job) {
  Identities outputs;
  for (const std::string& name : files_below(job.out())) outputs[name] = identity_of(job.out(name));
  return outputs;
}

void check_nothing_is_broken(const Job& job) {
  for (const std::string& name : files_below(job.out())) {
    INFO(name);
    CHECK(is_whole_picture(read_file(job.out(name))));
  }
  CHECK(temporary_files_below(job.out()).empty());
  CHECK(job.workers().empty());
}

/// A disk that had no room for crash records has lost what workers announced in them. Then the next run marks
/// those files once more, finds that their outputs are there, and leaves them.
enum class RoomForRecords : std::uint8_t { had_room, had_no_room };

/// After a run that was stopped by a full disk there is room again: the same command does the rest, and
/// replaces nothing.
void check_resumed(const Job& job, const std::vector<std::string>& names, const Words& options,
                   RoomForRecords room = RoomForRecords::had_room) {
  const Identities before = outputs_of(job);
  const ProgramResult result = job.run(options);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(ledger_fault(job, result) == "");
  CHECK(files_below(job.out()) == names);
  check_nothing_is_broken(job);
  for (const auto& [name, identity] : before) {
    INFO(name);
    CHECK(identity_of(job.out(name)) == identity);
  }
  const auto count = static_cast<std::int64_t>(names.size());
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file") == count);
  CHECK(journal_number(job.job_directory(),
                       "SELECT count(DISTINCT input) FROM file WHERE state = 'marked'") == count);
  if (room == RoomForRecords::had_no_room) return;
  CHECK(job.report().at("marked") == names.size() - before.size());
  CHECK(job.report().at("up_to_date") == before.size());
}

/// How often a final line says that an input is marked.
std::map<std::string, int> times_marked(const std::string& log) {
  std::map<std::string, int> times;
  for (const LogLine& line : parse_log(log)) {
    if (line.is_final() && line.message.starts_with("marked ")) {
      ++times[line.message.substr(0, line.message.rfind(" in "))];
    }
  }
  return times;
}

bool each_once(const std::map<std::string, int>& times) {
  return std::ranges::all_of(times, [](const auto& entry) { return entry.second == 1; });
}

TEST_CASE("a full output disk stops the job, not the files") {
  skip_without_mounts();
  const Job job;
  const SmallDisk disk(job.out(), "size=256k");
  const BindMount state(job.directory() + "/state", job.job_directory());
  const auto names = job.add_pictures(60, 300, 200);

  const ProgramResult result = job.run({"--retries", "0"});
  INFO(result.err);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("the disk of " + job.out() + " is full") != std::string::npos);
  CHECK(result.err.find("No space left on device") != std::string::npos);
  CHECK(result.err.find("run the same command again") != std::string::npos);
  const auto report = job.report();
  const std::string left = std::to_string(report.at("pending").get<int>()) + " files are left";
  CHECK(result.err.find(left) != std::string::npos);
  CHECK(ledger_fault(job, result) == "");
  CHECK(report.at("failed") == 0);
  CHECK(report.at("marked") > 0);
  CHECK(report.at("pending") > 0);
  CHECK(report.at("problems").empty());
  check_nothing_is_broken(job);
  CHECK(journal_number(job.job_directory(),
                       "SELECT count(*) FROM file WHERE state NOT IN ('marked', 'pending')") == 0);
  CHECK(journal_number(
            job.job_directory(),
            "SELECT count(*) FROM file WHERE state = 'pending' AND (attempts > 0 OR interrupted > 0)") == 0);

  disk.resize("size=64m");
  check_resumed(job, names, {"--retries", "0"});
  const auto times = times_marked(read_file(job.log_file()));
  CHECK(times.size() == names.size());
  CHECK(each_once(times));
}

TEST_CASE("a disk without room for another directory is a full disk") {
  skip_without_mounts();
  const Job job;
  const SmallDisk disk(job.out(), "nr_inodes=12");
  const BindMount state(job.directory() + "/state", job.job_directory());
  std::vector<std::string> names;
  for (int i = 10; i < 30; ++i) {
    names.push_back("folder-" + std::to_string(i) + "/p.jpg");
    job.add_picture(names.back());
  }

  const ProgramResult result = job.run({"--recursive"});
  INFO(result.err);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("is full") != std::string::npos);
  CHECK(result.err.find("No space left on device") != std::string::npos);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("failed") == 0);
  check_nothing_is_broken(job);

  disk.resize("nr_inodes=1000");
  check_resumed(job, names, {"--recursive"});
}

TEST_CASE("a full disk of the journal stops the job, and what is published is not made again") {
  skip_without_mounts();
  const std::string durability = GENERATE("none", "batch", "full");
  const Job job;
  const SmallDisk disk(job.job_directory(), "size=200m");  // crash records want 64 MiB of room
  // More than the supervisor ever hands out in advance, of which all but the first wait for the full disk.
  auto names = job.add_gated(240);
  std::ranges::copy(job.add_pictures(10), std::back_inserter(names));
  const Words options{"--worker-program", hazard_worker(),          "--durability", durability,
                      "--log-file",       job.directory() + "/log", "--progress",   "never"};

  RunningProgram program = job.start(options);
  CHECK(wait_until([&] { return files_below(job.out()).size() == 10 && job.at_gate() == 2; }));
  disk.fill("ballast");
  job.open_gate();
  const ProgramResult result = program.wait();
  INFO(durability << ": " << result.err);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("the journal " + job.job_directory() + "/job.db cannot be written") !=
        std::string::npos);
  CHECK(result.err.find("free some space and run the same command again") != std::string::npos);
  check_nothing_is_broken(job);
  const ProgramResult status = job.run_command({Job::supervisor(), "status", job.job_directory()});
  CAPTURE(status.out, status.err);
  CHECK(status.exit_code == 3);
  CHECK(status.out.starts_with("stopped early "));
  CHECK(status.out.find("job.db cannot be written") != std::string::npos);
  const auto published = files_below(job.out()).size();
  CHECK(published >= 10);
  CHECK(published < names.size());

  fs::remove(job.job_directory() + "/ballast");
  check_resumed(job, names, options);
  const auto times = times_marked(read_file(job.directory() + "/log"));
  CHECK(each_once(times));
}

TEST_CASE("the journal's disk fills up while a run stops: what is published meanwhile is not made again") {
  skip_without_mounts();
  const std::string durability = GENERATE("none", "batch", "full");
  const Job job;
  const SmallDisk disk(job.job_directory(), "size=200m");  // crash records want 64 MiB of room
  const auto names = job.add_gated(2);
  const Words options{
      "--worker-program", hazard_worker(),          "--durability", durability, "--grace", "1h",
      "--log-file",       job.directory() + "/log", "--progress",   "never"};
  RunningProgram program = job.start(options);
  CHECK(wait_until([&] { return job.at_gate() == 2; }));
  program.send(SIGTERM);
  CHECK(wait_until([&] {
    return read_file(job.directory() + "/log").find("files in progress are finished") != std::string::npos;
  }));
  disk.fill("ballast");
  job.open_gate();
  const ProgramResult result = program.wait();
  INFO(durability << ": " << result.err);
  CHECK(result.exit_code == 3);
  CHECK(files_below(job.out()) == names);
  fs::remove(job.job_directory() + "/ballast");
  check_resumed(job, names, options);
}

TEST_CASE("runs on a disk that stays full hold nothing against the files they had in hand") {
  skip_without_mounts();
  const Job job;
  const SmallDisk disk(job.out(), "size=160k");
  const auto names = job.add_pictures(30, 600, 400);
  const Words options{"--log-file",
                      job.directory() + "/log"};  // or a run waits 10 s for room for its last lines
  for (int run = 0; run < 8; ++run) {
    const ProgramResult result = job.run(options);
    INFO(result.err);
    CHECK((result.exit_code == 3 || result.exit_code == 2));
    CHECK(result.err.find("free some space") != std::string::npos);
    check_nothing_is_broken(job);
  }
  disk.resize("size=64m");
  check_resumed(job, names, options, RoomForRecords::had_no_room);
}

TEST_CASE("outputs, journal and log on one full disk: the log keeps whole lines and the job goes on later") {
  skip_without_mounts();
  const Job job;
  const SmallDisk disk(job.out(), "size=400k");
  const auto names = job.add_pictures(300);
  const ProgramResult result = job.run();
  INFO(result.err);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("No space left on device") != std::string::npos);
  CHECK_NOTHROW(job.log());
  check_nothing_is_broken(job);
  const std::string first_log = read_file(job.log_file());

  disk.resize("size=64m");
  check_resumed(job, names, {}, RoomForRecords::had_no_room);
  CHECK_NOTHROW(job.log());
  // What the log had room for and the journal had not is done again.
  CHECK(each_once(times_marked(first_log)));
  CHECK(each_once(times_marked(read_file(job.log_file()).substr(first_log.size()))));
}

TEST_CASE("a log whose disk is full for a while has every line in the end") {
  skip_without_mounts();
  const Job job;
  const std::string directory = job.directory() + "/logs";
  const SmallDisk disk(directory, "size=128k");
  disk.fill("ballast", 4096);
  auto names = job.add_gated(20);
  std::ranges::copy(job.add_pictures(100), std::back_inserter(names));
  RunningProgram program = job.start(
      {"--worker-program", hazard_worker(), "--log-file", directory + "/log", "--progress", "never"});
  // The disk took what it could, and that is not a whole number of lines.
  CHECK(wait_until(
      [&] { return fs::exists(directory + "/log") && fs::file_size(directory + "/log") == 4096; }));
  CHECK(wait_until([&] { return files_below(job.out()).size() == 100; }));
  CHECK(!program.has_ended());
  fs::remove(directory + "/ballast");
  job.open_gate();

  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("cannot write the log " + directory + "/log: No space left on device") !=
        std::string::npos);
  CHECK(job.report().at("log_records").at("dropped") == 0);
  CHECK(ledger_fault(job, result) == "");
  const auto lines = parse_log(read_file(directory + "/log"));
  CHECK(std::ranges::count_if(lines, &LogLine::is_final) == static_cast<std::ptrdiff_t>(names.size()));
  const auto times = times_marked(read_file(directory + "/log"));
  CHECK(times.size() == names.size());
  CHECK(each_once(times));
  CHECK(job.report().at("log_records").at("written") == lines.size());
}

TEST_CASE("without room for the report the job is done all the same, and says what is missing") {
  skip_without_mounts();
  const Job job;
  const SmallDisk disk(job.job_directory(), "size=32m,nr_inodes=9");
  // Itself, lock, owner, crashes, crashes/cells, job.db, job.db-wal, job.db-boot and the log.
  const auto names = job.add_pictures(10);
  const ProgramResult result = job.run();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(result.err.find("cannot write " + job.job_directory() + "/report.json") != std::string::npos);
  CHECK(result.err.find("No space left on device") != std::string::npos);
  CHECK(result.out.find("report: could not be written") != std::string::npos);
  CHECK_FALSE(fs::exists(job.job_directory() + "/report.json"));
  CHECK(files_below(job.out()) == names);

  disk.resize("nr_inodes=100");
  check_resumed(job, names, {});
}

TEST_CASE("no room for a quarantined picture is a warning, and the list has it") {
  skip_without_mounts();
  const Job job;
  const SmallDisk disk(job.directory() + "/kept", "size=16k");
  disk.fill("ballast", 4096);
  job.add_pictures(5);
  write_file(job.in("abort.jpg"), std::string(100'000, 'x'));
  const ProgramResult result = job.run(
      {"--worker-program", hazard_worker(), "--retries", "0", "--quarantine", job.directory() + "/kept"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report().at("marked") == 5);
  CHECK(ledger_fault(job, result) == "");
  const auto lines = job.log();
  CHECK(std::ranges::count_if(lines, [](const LogLine& line) {
          return line.level == "WARNING" && line.message.find("No space left on device") != std::string::npos;
        }) == 1);
  CHECK(files_below(job.directory() + "/kept") == std::vector<std::string>{"ballast"});
  CHECK(read_file(job.job_directory() + "/quarantine.txt").find("abort.jpg\tcrash\t1\t") !=
        std::string::npos);
}

TEST_CASE("a job directory without any room is refused before anything is done") {
  skip_without_mounts();
  const Job job;
  const SmallDisk disk(job.job_directory(), "size=64k");
  const auto names = job.add_pictures(5);
  const auto check_refused = [&](const Words& options, const std::string& file) {
    const ProgramResult result = job.run(options);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(job.directory()) != std::string::npos);
    CHECK(result.err.find(file) != std::string::npos);
    CHECK(result.err.find("free some space") != std::string::npos);
    CHECK(std::ranges::count(result.err, '\n') == 1);
    CHECK(files_below(job.out()).empty());
  };
  disk.fill(".wm-supervisor-ballast");
  check_refused({}, "owner");
  fs::remove(job.job_directory() + "/.wm-supervisor-ballast");

  const SmallDisk logs(job.directory() + "/logs", "nr_inodes=1");
  check_refused({"--log-file", job.directory() + "/logs/log"}, "/logs/log");
  disk.resize("size=64m");
  check_resumed(job, names, {});
}

}  // namespace
}  // namespace wm::test
