// --scratch: journal and log on a disk of this machine. Whatever happens to that disk, or to the one of the
// job directory: no wrong count, nothing of others is touched, and the same command goes on.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <sqlite3.h>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/own_mounts.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

constexpr unsigned pictures = 300;  // more than there are slots for tasks

/// Two pictures that wait at the gate come first, so that the first copy is made before anything is done; one
/// that never ends comes last.
struct GatedJob {
  Job job;
  std::string scratch = job.directory() + "/scratch";
  std::string other_scratch = job.directory() + "/other";

  GatedJob() {
    for (const char* const name : {"gated-1.jpg", "gated-2.jpg"}) job.add_picture(name);
    job.add_pictures(pictures);
    fs::create_directory(scratch);
    fs::create_directory(other_scratch);
  }
  void add_endless() const { job.add_picture("z-hang.jpg"); }
  [[nodiscard]] Words options(const std::string& scratch_directory, const Words& more = {}) const {
    Words words{"--worker-program", hazard_worker(), "--timeout", "0"};
    if (!scratch_directory.empty()) words.insert(words.end(), {"--scratch", scratch_directory});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] std::size_t outputs() const { return files_below(job.out()).size(); }
  /// The directory of the job in one of --scratch; "" if there is none.
  [[nodiscard]] static std::string own_in(const std::string& directory) {
    for (const auto& entry : fs::directory_iterator(directory)) return entry.path().string();
    return "";
  }
};

bool has_note(const Job& job) {
  return fs::exists(job.job_directory() + "/scratch.json");
}

std::set<std::string> evidence_files(const Job& job, const std::string& shard = "") {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(job.job_directory() + shard)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("evidence-")) names.insert(name);
  }
  return names;
}

std::string log_of(const Job& job) {
  return read_file(job.log_file());
}

/// The job is done and closed, and nothing of --scratch is left.
void check_done(const GatedJob& gated, std::uint64_t inputs) {
  const Job& job = gated.job;
  const auto report = job.report();
  CHECK(report.at("inputs") == inputs);
  CHECK(report.at("marked").get<std::uint64_t>() + report.at("up_to_date").get<std::uint64_t>() == inputs);
  CHECK(gated.outputs() == inputs);
  CHECK(temporary_files_below(job.out()).empty());
  CHECK_FALSE(has_note(job));
  CHECK(evidence_files(job).empty());
  CHECK_FALSE(fs::exists(job.job_directory() + "/job.db-wal"));
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file WHERE state = 'marked'") ==
        static_cast<std::int64_t>(inputs));
  CHECK(GatedJob::own_in(gated.scratch).empty());
  CHECK(GatedJob::own_in(gated.other_scratch).empty());
}

TEST_CASE("journal and log end in the job directory, and nothing is left of the scratch directory") {
  const GatedJob gated;
  gated.job.open_gate();
  const ProgramResult result = gated.job.run(gated.options(gated.scratch));
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  check_done(gated, pictures + 2);
  const std::string log = log_of(gated.job);
  CHECK(log.find("started with") != std::string::npos);
  CHECK(log.find("ended with exit code 0") != std::string::npos);

  // Without the option, with it again, and when there is something to do.
  CHECK(gated.job.run(gated.options("")).exit_code == 0);
  CHECK(gated.job.report().at("up_to_date") == pictures + 2);
  gated.job.add_picture("new.jpg");
  CHECK(gated.job.run(gated.options(gated.other_scratch)).exit_code == 0);
  CHECK(gated.job.report().at("marked") == 1);
  check_done(gated, pictures + 3);
  CHECK(journal_number(gated.job.job_directory(), "SELECT count(*) FROM run") == 3);
  CHECK(log_of(gated.job).starts_with(log));
}

TEST_CASE("during a run others can read the last copy, and nobody else can read the scratch directory") {
  const GatedJob gated;
  const Job& job = gated.job;
  RunningProgram running = job.start(gated.options(gated.scratch));
  REQUIRE(wait_until([&] { return fs::exists(job.job_directory() + "/job.db"); }));
  const std::string own = GatedJob::own_in(gated.scratch);
  struct ::stat status {};
  REQUIRE(::stat(own.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0700);
  for (const auto& entry : fs::directory_iterator(own)) {
    CAPTURE(entry.path());
    REQUIRE(::stat(entry.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);
  }
  CHECK_FALSE(fs::exists(job.job_directory() + "/job.db-wal"));
  const ProgramResult report = job.run_command({Job::supervisor(), "report", job.out()});
  CHECK(report.err.find("the journal is a copy from ") != std::string::npos);
  CHECK(report.err.find(" s old); the run keeps its own in " + own) != std::string::npos);
  CHECK(report.out.find(" pictures: ") != std::string::npos);
  CHECK(report.out.find("In the copy of the journal:\noutput ") != std::string::npos);
  CHECK(report.out.find("died") == std::string::npos);
  CHECK(report.out.find("Run the same command again") == std::string::npos);
  CHECK(report.exit_code == 75);
  const ProgramResult json = job.run_command({Job::supervisor(), "report", job.out(), "--json", "-"});
  CHECK(json.exit_code == 75);
  const auto fields = nlohmann::json::parse(json.out);
  CHECK(fields.at("end") == "running");
  CHECK(fields.at("outcome").get<std::string>().starts_with("A run is going on; in its last copy"));
  const std::string page = job.directory() + "/report.html";
  CHECK(job.run_command({Job::supervisor(), "report", job.out(), "--html", page}).exit_code == 75);
  CHECK(read_file(page).find("\"running\":true") != std::string::npos);
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
  check_done(gated, pictures + 2);
}

TEST_CASE("after SIGTERM all of it is in the job directory") {
  const GatedJob gated;
  const Job& job = gated.job;
  RunningProgram running = job.start(gated.options(gated.scratch));
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  running.send(SIGTERM);
  job.open_gate();
  CHECK(running.wait().exit_code == 143);
  CHECK_FALSE(has_note(job));
  CHECK(GatedJob::own_in(gated.scratch).empty());
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file WHERE state = 'marked'") ==
        static_cast<std::int64_t>(gated.outputs()));
  CHECK(log_of(job).find("ended with exit code 143") != std::string::npos);
  CHECK(job.run(gated.options("")).exit_code == 0);
  check_done(gated, pictures + 2);
}

/// A run is killed when the first copy is old: since then all pictures were published, but for the last.
void kill_after_copy(const GatedJob& gated, const Words& more = {}) {
  const Job& job = gated.job;
  gated.add_endless();
  const RunningProgram running = job.start(gated.options(gated.scratch, more));
  REQUIRE(wait_until([&] { return fs::exists(job.job_directory() + "/job.db"); }));
  job.open_gate();
  REQUIRE(wait_until([&] { return gated.outputs() == pictures + 2; }));
  // The records of what was published follow within the second.
  const auto published = [&] {
    std::size_t count = 0;
    for (const std::string& name : evidence_files(job)) {
      const std::string bytes = read_file(job.job_directory() + "/" + name);
      for (std::size_t at = 0; (at = bytes.find(std::string("\0p", 2), at)) != std::string::npos; ++at)
        ++count;
    }
    return count;
  };
  REQUIRE(wait_until([&] { return published() >= pictures + 2; }));
  running.send(SIGKILL);
  REQUIRE(wait_until([&] { return running.has_ended() && job.workers().empty(); }));
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM file WHERE state = 'marked'") == 0);
}

/// As seen from another machine: the disk is gone, and so is what the workers had mapped.
void lose_node(const GatedJob& gated) {
  for (const std::string& scratch : {gated.scratch, gated.other_scratch}) {
    if (const std::string own = GatedJob::own_in(scratch); !own.empty()) fs::remove_all(own);
  }
  const std::string job_directory = gated.job.job_directory();
  fs::remove_all(job_directory + "/crashes");
  std::string note = read_file(job_directory + "/scratch.json");
  const std::size_t boot = note.find(": \"", note.find("boot_id")) + 3;
  note[boot] = note[boot] == '0' ? '1' : '0';
  write_file(job_directory + "/scratch.json", note);
  sqlite3* journal = nullptr;
  REQUIRE(::sqlite3_open((job_directory + "/job.db").c_str(), &journal) == SQLITE_OK);
  CHECK(::sqlite3_exec(journal, "UPDATE run SET boot_id = 'of another machine'", nullptr, nullptr, nullptr) ==
        SQLITE_OK);
  CHECK(::sqlite3_close(journal) == SQLITE_OK);
}

TEST_CASE("a shard whose last run was lost is not taken for done") {
  const GatedJob gated;
  const Job& job = gated.job;
  job.open_gate();
  const Words shard{"--shard", "1/1"};
  REQUIRE(job.run(gated.options("", shard)).exit_code == 0);
  const auto merge = [&] { return job.run_command({Job::supervisor(), "report", "merge", job.out()}); };
  CHECK(merge().exit_code == 0);
  {
    gated.add_endless();
    const RunningProgram running = job.start(gated.options(gated.scratch, shard));
    REQUIRE(wait_until([&] { return !evidence_files(job, "/shard-0001-of-0001").empty(); }));
    running.send(SIGKILL);
    REQUIRE(wait_until([&] { return running.has_ended() && job.workers().empty(); }));
  }
  const ProgramResult merged = merge();
  CAPTURE(merged.out, merged.err);
  CHECK(merged.exit_code == 75);
  CHECK(merged.out.find("has not put its journal back") != std::string::npos);
}

TEST_CASE("the journal that a killed run left on this machine is taken") {
  for (const bool with_scratch : {true, false}) {
    CAPTURE(with_scratch);
    const GatedJob gated;
    const Job& job = gated.job;
    kill_after_copy(gated);
    fs::remove(job.in("z-hang.jpg"));
    const ProgramResult rehearsal = job.run({"--dry-run"});
    CAPTURE(rehearsal.out.substr(0, 1000), rehearsal.err);
    CHECK(rehearsal.out.find("would fail") == std::string::npos);
    CHECK(rehearsal.out.find("up to date " + job.in("picture-1")) != std::string::npos);
    CHECK(has_note(job));
    const ProgramResult result = job.run(gated.options(with_scratch ? gated.other_scratch : ""));
    CAPTURE(result.err);
    CHECK(result.exit_code == 0);
    CHECK(log_of(job).find("the last run died; its journal was taken from " + gated.scratch) !=
          std::string::npos);
    CHECK(job.report().at("inputs") == pictures + 2);
    CHECK(job.report().at("up_to_date").get<unsigned>() >= pictures);
    CHECK(job.report().at("failed") == 0);
    CHECK(GatedJob::own_in(gated.scratch).empty());
    CHECK_FALSE(has_note(job));
    CHECK(evidence_files(job).empty());
    // Each line once, also those from before the first copy.
    const std::string log = log_of(job);
    CHECK(log.find("marked in/gated-1.jpg") == log.rfind("marked in/gated-1.jpg"));
  }
}

TEST_CASE("after the loss of a machine the outputs that its copy lacks are the job's own") {
  for (const bool with_scratch : {true, false}) {
    CAPTURE(with_scratch);
    const GatedJob gated;
    const Job& job = gated.job;
    kill_after_copy(gated);
    const auto before = contents_below(job.out());
    lose_node(gated);
    const ProgramResult report = job.run_command({Job::supervisor(), "report", job.out()});
    CHECK(report.err.find("the last run has not put its journal back") != std::string::npos);
    CHECK(report.exit_code == 75);
    CHECK(report.out.starts_with("The last run died: "));
    fs::remove(job.in("z-hang.jpg"));
    const ProgramResult rehearsal = job.run({"--dry-run"});
    CAPTURE(rehearsal.err);
    CHECK(rehearsal.exit_code == 0);
    CHECK(rehearsal.out.find("would fail") == std::string::npos);
    const ProgramResult result = job.run(gated.options(with_scratch ? gated.other_scratch : ""));
    CAPTURE(result.err, log_of(job).substr(0, 3000));
    CHECK(result.exit_code == 0);
    check_done(gated, pictures + 2);
    CHECK(job.report().at("failed") == 0);
    CHECK(contents_below(job.out()) == before);
  }
}

TEST_CASE("so are they for another recipe, which would not make the same bytes") {
  const GatedJob gated;
  const Job& job = gated.job;
  kill_after_copy(gated);
  const auto before = contents_below(job.out());
  lose_node(gated);
  fs::remove(job.in("z-hang.jpg"));
  const ProgramResult result = job.run(gated.options(gated.other_scratch, {"--gravity", "southeast"}));
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  check_done(gated, pictures + 2);
  CHECK(job.report().at("marked") == pictures + 2);
  CHECK(contents_below(job.out()) != before);
}

TEST_CASE("what a run after the loss has not settled stays known") {
  const GatedJob gated;
  const Job& job = gated.job;
  kill_after_copy(gated);
  lose_node(gated);
  for (const std::string& name : evidence_files(job)) {  // what was published is not known
    const std::string path = job.job_directory() + "/" + name;
    std::string bytes = read_file(path);
    for (std::size_t at = 0; (at = bytes.find(std::string("\0p", 2), at)) != std::string::npos;)
      bytes.erase(at, bytes.find('\0', at + 1) - at);
    write_file(path, bytes);
  }
  fs::remove(job.in("z-hang.jpg"));
  const auto before = contents_below(job.out());
  CHECK(job.run(gated.options("", {"--max-pixels", "1"})).exit_code == 1);
  CHECK(job.report().at("failed") == pictures + 2);
  CHECK(evidence_files(job).size() == 1);
  const ProgramResult result = job.run(gated.options(gated.scratch));
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  check_done(gated, pictures + 2);
  CHECK(contents_below(job.out()) == before);
}

TEST_CASE("what somebody else has put in the place of such an output stays") {
  const GatedJob gated;
  const Job& job = gated.job;
  kill_after_copy(gated);
  lose_node(gated);
  fs::remove(job.in("z-hang.jpg"));
  const std::set<std::string> edited{"gated-1.jpg", "picture-1100.jpg", "picture-1299.jpg"};
  for (const std::string& name : edited) {
    fs::remove(job.out(name));
    write_file(job.out(name), "mine, not a picture " + name);
  }
  write_file(job.out("picture-1150.jpg"), "");  // cut off, as if its data had not arrived
  for (const bool first : {true, false}) {
    CAPTURE(first);
    const ProgramResult result = job.run(gated.options(gated.other_scratch));
    CHECK(result.exit_code == 1);
    CHECK(job.report().at("inputs") == pictures + 2);
    CHECK(job.report().at("failed") == edited.size());
    for (const std::string& name : edited) CHECK(read_file(job.out(name)) == "mine, not a picture " + name);
  }
  CHECK(read_file(job.out("picture-1150.jpg")).size() > 100);
}

TEST_CASE("the run after the loss may be lost, too") {
  const GatedJob gated;
  const Job& job = gated.job;
  kill_after_copy(gated);
  lose_node(gated);
  {
    const RunningProgram running = job.start(gated.options(gated.other_scratch));
    // It has taken over what the lost one has left.
    REQUIRE(wait_until([&] {
      const auto files = evidence_files(job);
      return std::ranges::any_of(files, [](const std::string& name) { return name.ends_with("-0"); });
    }));
    running.send(SIGKILL);
    REQUIRE(wait_until([&] { return running.has_ended() && job.workers().empty(); }));
  }
  lose_node(gated);
  fs::remove(job.in("z-hang.jpg"));
  const ProgramResult result = job.run(gated.options(gated.scratch));
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  check_done(gated, pictures + 2);
}

TEST_CASE("a scratch directory of an older run is not used") {
  const GatedJob gated;
  const Job& job = gated.job;
  kill_after_copy(gated);
  const std::string own = GatedJob::own_in(gated.scratch);
  fs::copy(own, job.directory() + "/old", fs::copy_options::recursive);
  fs::remove(job.in("z-hang.jpg"));
  REQUIRE(job.run(gated.options(gated.scratch)).exit_code == 0);
  const auto runs = journal_number(job.job_directory(), "SELECT count(*) FROM run");
  fs::copy(job.directory() + "/old", own, fs::copy_options::recursive);
  fs::permissions(own, fs::perms::owner_all);
  job.add_picture("new.jpg");
  CHECK(job.run(gated.options(gated.scratch)).exit_code == 0);
  CHECK(job.report().at("up_to_date") == pictures + 2);
  CHECK(job.report().at("marked") == 1);
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM run") == runs + 1);
  check_done(gated, pictures + 3);
}

TEST_CASE("a scratch directory that others could redirect is refused, and nothing is touched") {
  const GatedJob gated;
  const Job& job = gated.job;
  job.open_gate();
  std::string name;
  {
    RunningProgram running = job.start(gated.options(gated.scratch));
    REQUIRE(wait_until([&] { return !GatedJob::own_in(gated.scratch).empty(); }));
    name = fs::path(GatedJob::own_in(gated.scratch)).filename().string();
    CHECK(running.wait().exit_code == 0);
  }
  const auto refusal = [&](const std::string& directory) {
    const ProgramResult result = job.run(gated.options(directory));
    CHECK(result.exit_code == 2);
    return result.err;
  };
  const std::string link = gated.other_scratch + "/" + name;
  fs::create_directory(job.directory() + "/victim");
  write_file(job.directory() + "/victim/job.db", "mine");
  fs::create_directory_symlink(job.directory() + "/victim", link);
  CHECK(refusal(gated.other_scratch).find(name + " is a symbolic link") != std::string::npos);
  fs::remove(link);
  fs::create_directory(link);
  fs::permissions(link, fs::perms::owner_all | fs::perms::group_all);
  write_file(link + "/theirs", "theirs");
  CHECK(refusal(gated.other_scratch).find(name + " has mode 0770, not 0700") != std::string::npos);
  CHECK(read_file(link + "/theirs") == "theirs");
  fs::remove_all(link);
  fs::permissions(gated.other_scratch, fs::perms::all);
  CHECK(refusal(gated.other_scratch).find("others may rename what is in ") != std::string::npos);
  fs::permissions(gated.other_scratch, fs::perms::all | fs::perms::sticky_bit);
  CHECK(job.run(gated.options(gated.other_scratch)).exit_code == 0);
  CHECK(read_file(job.directory() + "/victim/job.db") == "mine");
  check_done(gated, pictures + 2);
}

TEST_CASE("a refused scratch directory does not cost the journal that is to be rebuilt") {
  const Job job;
  job.add_picture("a.jpg");
  REQUIRE(job.run().exit_code == 0);
  const std::string open_to_all = job.directory() + "/open";
  fs::create_directory(open_to_all);
  fs::permissions(open_to_all, fs::perms::all);
  CHECK(job.run({"--rebuild-journal", "--scratch", open_to_all}).exit_code == 2);
  for (const auto& entry : fs::directory_iterator(job.job_directory()))
    CHECK(entry.path().filename().string().find(".damaged-") == std::string::npos);
  CHECK(job.run().exit_code == 0);
  CHECK(job.report().at("up_to_date") == 1);
}

TEST_CASE("a full scratch disk halts the run, and the same command goes on") {
  if (!no_mounts.empty()) skip(no_mounts);
  const GatedJob gated;
  const Job& job = gated.job;
  const SmallDisk disk(gated.scratch, "size=4m");
  RunningProgram running = job.start(gated.options(gated.scratch));
  REQUIRE(wait_until([&] { return fs::exists(job.job_directory() + "/job.db") && job.at_gate() == 2; }));
  disk.fill("filler");
  job.open_gate();
  const ProgramResult result = running.wait();
  CAPTURE(result.err);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("free some space") != std::string::npos);
  fs::remove(gated.scratch + "/filler");
  CHECK(job.run(gated.options(gated.scratch)).exit_code == 0);
  CHECK(job.report().at("failed") == 0);
  CHECK(gated.outputs() == pictures + 2);
  CHECK(GatedJob::own_in(gated.scratch).empty());
}

TEST_CASE("if the last copy does not fit into the job directory, the scratch directory is kept") {
  if (!no_mounts.empty()) skip(no_mounts);
  const Job job;
  for (unsigned i = 0; i < 40; ++i) job.add_picture("gated-" + std::to_string(i) + ".jpg");
  const std::string scratch = job.directory() + "/scratch";
  fs::create_directory(scratch);
  const std::string small = job.directory() + "/small";
  const SmallDisk disk(small, "size=8m");
  const std::string job_directory = small + "/job";
  const Words options{"--worker-program", hazard_worker(), "--timeout", "0",
                      "--scratch",        scratch,         "--job-dir", job_directory};
  RunningProgram running = job.start(options);
  REQUIRE(wait_until([&] { return fs::exists(job_directory + "/job.db") && job.at_gate() == 2; }));
  disk.fill("filler");
  job.open_gate();
  const ProgramResult result = running.wait();
  CAPTURE(result.err);
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("could not be copied to " + job_directory) != std::string::npos);
  CHECK(result.err.find("they are kept in " + scratch) != std::string::npos);
  CHECK(result.err.find("run the same command again on this machine") != std::string::npos);
  CHECK_FALSE(GatedJob::own_in(scratch).empty());
  CHECK(files_below(job.out()).size() == 40);
  fs::remove(small + "/filler");
  const ProgramResult next = job.run(options);
  CAPTURE(next.err);
  CHECK(next.exit_code == 0);
  CHECK(journal_number(job_directory, "SELECT count(*) FROM file WHERE state = 'marked'") == 40);
  CHECK(journal_number(job_directory, "SELECT max(up_to_date) FROM run") == 40);
  CHECK(GatedJob::own_in(scratch).empty());
}

}  // namespace
}  // namespace wm::test
