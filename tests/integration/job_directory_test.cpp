// Other people on the machine: what they may have put into the job directory, beside the log or on the way to
// the output leads nowhere, changes no other file, and keeps no run from ending.

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/skip.h"
#include "tests/support/special_files.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

void set_mode(const std::string& path, mode_t mode) {
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

/// A file of the operator that no run may touch.
class Victim {
 public:
  explicit Victim(const Job& job) : path_(job.directory() + "/victim") {
    write_file(path_, "precious");
    set_mode(path_, 0600);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool is_untouched() const {
    struct ::stat status {};
    return read_file(path_) == "precious" && !fs::exists(path_ + "-missing") &&
           ::stat(path_.c_str(), &status) == 0 && (status.st_mode & 07777U) == 0600;
  }

 private:
  std::string path_;
};

struct Name {
  std::string name;
  bool needs_crash = false;  // a run writes it only when a worker has crashed
};

/// Every name that a run may open in its job directory.
const Name opened_names[] = {{"lock"},
                             {"job.db"},
                             {"job.db-wal"},
                             {"job.db-shm"},
                             {"job.db-journal"},
                             {"wm-supervisor.log"},
                             {"wm-supervisor.log.1"},
                             {"report.json"},
                             {"report.json.tmp"},
                             {"quarantine.txt", true},
                             {"quarantine.txt.tmp", true},
                             {"crashes", true},
                             {"crashes/cells", true},
                             {"crashes/jobs", true},
                             {"crashes/index.jsonl", true}};

TEST_CASE("whatever lies under a name of the job directory, the run ends and nothing else is touched") {
  for (const Name& name : opened_names) {
    const Job job;
    const Victim victim(job);
    job.add_picture("a.jpg");
    if (name.needs_crash) job.add_picture("fault-segv@compose.jpg", 1);
    for (const SpecialFile& kind : special_files()) {
      fs::remove_all(job.out());
      const std::string path = job.job_directory() + "/" + name.name;
      fs::create_directories(fs::path(path).parent_path());
      for (auto above = fs::path(path).parent_path(); above != job.out(); above = above.parent_path())
        fs::permissions(above, fs::perms::owner_all);
      if (!kind.make(path, victim.path())) {
        skip_part("this user cannot make " + std::string(kind.name));
        continue;
      }
      if (name.name == "wm-supervisor.log.1") write_file(job.log_file(), std::string(4096, 'x') + "\n");
      Words options = with_hazard_worker({"--workers", "1", "--retries", "0", "--log-rotate", "4k:2"});
      const ProgramResult result = job.run(options);
      INFO(kind.name << " as " << name.name << "\n" << result.err << result.out);
      CHECK_FALSE(result.timed_out);
      CHECK(result.signal == 0);
      CHECK(victim.is_untouched());
      CHECK((result.exit_code == 0 || result.exit_code == 1 || result.exit_code == 2));
      if (result.exit_code == 2) {
        CHECK(is_one_line(result.err));
        CHECK(result.err.find(path) != std::string::npos);
        CHECK(result.err.find(job.in("a.jpg")) == std::string::npos);
      } else {
        CHECK(files_below(job.out()).size() == 1);
        // What the run replaced is its own file now.
        if (name.name == "report.json" && kind.name != "a directory") {
          CHECK(job.report().at("marked") == 1);
          CHECK_FALSE(fs::is_symlink(path));
        }
      }
    }
  }
}

TEST_CASE("what is refused in a job directory is named with its kind") {
  const Job job;
  const Victim victim(job);
  job.add_picture("a.jpg");
  for (const char* const name : {"lock", "job.db", "wm-supervisor.log"}) {
    for (const SpecialFile& kind : special_files()) {
      if (kind.name == "a hard link" || kind.name == "a file of another user") continue;
      fs::remove_all(job.out());
      fs::create_directories(job.job_directory());
      set_mode(job.job_directory(), 0700);
      const std::string path = job.job_directory() + "/" + name;
      REQUIRE(kind.make(path, victim.path()));
      const ProgramResult result = job.run();
      INFO(result.err);
      CHECK(result.exit_code == 2);
      const std::string said =
          kind.name.starts_with("a symbolic link") ? "a symbolic link" : std::string(kind.name);
      CHECK(result.err.find(path + " is " + said) != std::string::npos);
    }
  }
}

TEST_CASE("a file of the job directory that cannot be opened is wrong use, and the message says which") {
  if (::geteuid() == 0) skip("root may open every file");
  for (const std::string name : {"job.db", "job.db-wal", "job.db-journal", "lock", "wm-supervisor.log"}) {
    CAPTURE(name);
    const Job job;
    job.add_picture("a.jpg");
    fs::create_directories(job.job_directory());
    set_mode(job.job_directory(), 0750);
    write_file(job.job_directory() + "/" + name, "");
    set_mode(job.job_directory() + "/" + name, 0);
    const ProgramResult result = job.run();
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(is_one_line(result.err));
    CHECK(result.err.find("/" + name) != std::string::npos);
    CHECK(result.err.find("Permission denied") != std::string::npos);
    CHECK(result.err.find("; ") != std::string::npos);  // what to do
    CHECK(files_below(job.out()).empty());
  }
}

TEST_CASE("a job directory that somebody else can write is refused by runs and by commands that read it") {
  const Job job;
  const Victim victim(job);
  job.add_picture("a.jpg");
  job.add_picture("fault-segv@compose.jpg", 1);
  CHECK(job.run(with_hazard_worker({"--retries", "0"})).exit_code == 1);
  const std::string program = Job::supervisor();
  const std::string id = crash_index(job).front()["id"];
  const std::string crash = crash_report(job, id).directory;
  const std::vector<Words> commands{
      {program, "crashes", job.job_directory()},
      {program, "crashes", "show", id, "--job-dir", job.out()},
      {program, "crashes", "show", crash},
      {program, "crashes", "symbolise", "--job-dir", job.out()},
      {program, "crashes", "recover", job.out()},
      {program, "replay", id, "--job-dir", job.out(), "--worker-program", hazard_worker()},
      {program, "replay", crash, "--worker-program", hazard_worker()},
      {program, "stacks", job.out()}};
  const auto check_all_refused = [&](const std::string& why) {
    std::vector<Words> all = commands;
    Words run = job.command();
    run.push_back(job.in());
    all.push_back(run);
    run.emplace_back("--dry-run");
    all.push_back(run);
    for (const Words& words : all) {
      const ProgramResult result = job.run_command(words);
      INFO(words.at(1) << ": " << result.err);
      CHECK(result.exit_code == 2);
      CHECK(is_one_line(result.err));
      CHECK(result.err.find(job.job_directory() + " " + why) != std::string::npos);
    }
  };
  for (const mode_t mode : {0777U, 01777U, 0770U}) {
    set_mode(job.job_directory(), mode);
    check_all_refused("may be written by others");
  }
  set_mode(job.job_directory(), 0750);
  CHECK(job.run_command(commands.front()).exit_code == 0);
  if (::geteuid() != 0) {
    skip_part("only root can give a directory to another user");
    return;
  }
  REQUIRE(::lchown(job.job_directory().c_str(), stranger, stranger) == 0);
  check_all_refused("belongs to uid 54321");
}

TEST_CASE("commands that read crashes neither follow nor wait for what lies in their place") {
  const Job job;
  const Victim victim(job);
  job.add_picture("fault-segv@compose.jpg", 1);
  CHECK(job.run(with_hazard_worker({"--retries", "0"})).exit_code == 1);
  const std::string program = Job::supervisor();
  const std::string id = crash_index(job).front()["id"];
  const std::string crash = crash_report(job, id).directory;
  for (const std::string& path :
       {crashes_of(job) + "/index.jsonl", crash + "/report.json", crash + "/report.txt"}) {
    const std::string kept = read_file(path);
    for (const SpecialFile& kind : special_files()) {
      fs::remove_all(path);
      if (!kind.make(path, victim.path())) continue;
      for (const Words& words :
           {Words{program, "crashes", job.out()}, Words{program, "crashes", "show", crash},
            Words{program, "crashes", "symbolise", crash},
            Words{program, "replay", crash, "--worker-program", hazard_worker()}}) {
        const ProgramResult result = job.run_command(words);
        INFO(kind.name << " as " << path << ": " << words[1] << " " << words[2] << "\n" << result.err);
        CHECK_FALSE(result.timed_out);
        CHECK(result.signal == 0);
        CHECK(result.out.find("precious") == std::string::npos);
      }
      CHECK(victim.is_untouched());
    }
    fs::remove_all(path);
    write_file(path, kept);
    set_mode(path, 0600);
  }
}

TEST_CASE("a log file in a directory that others may write is a file of one's own") {
  const Job job;
  const Victim victim(job);
  job.add_picture("a.jpg");
  const std::string shared = job.directory() + "/shared";
  fs::create_directory(shared);
  set_mode(shared, 0777);
  const std::string log = shared + "/job.log";
  for (const SpecialFile& kind : special_files()) {
    if (!kind.make(log, victim.path())) {
      skip_part("this user cannot make " + std::string(kind.name));
      continue;
    }
    const ProgramResult result = job.run({"--log-file", log});
    INFO(kind.name << "\n" << result.err);
    CHECK(result.exit_code == 2);
    CHECK(is_one_line(result.err));
    CHECK(result.err.find(log) != std::string::npos);
    CHECK(victim.is_untouched());
    fs::remove_all(log);
  }
  CHECK(job.run({"--log-file", log}).exit_code == 0);
  CHECK(read_file(log).find("started with") != std::string::npos);
  CHECK(job.run({"--log-file", log}).exit_code == 0);  // one's own from before is appended to
}

TEST_CASE("a log file that the user links to where nobody else writes is followed, and no further") {
  const Job job;
  const Victim victim(job);
  job.add_picture("a.jpg");
  const std::string own = job.directory() + "/own";
  const std::string shared = job.directory() + "/shared";
  fs::create_directory(own);
  fs::create_directory(shared);
  set_mode(shared, 0777);
  fs::create_symlink("../real.log", own + "/link");
  CHECK(job.run({"--log-file", own + "/link"}).exit_code == 0);
  CHECK(read_file(job.directory() + "/real.log").find("started with") != std::string::npos);

  fs::create_symlink(shared + "/job.log", own + "/out");
  fs::create_symlink(victim.path(), shared + "/job.log");
  const ProgramResult result = job.run({"--log-file", own + "/out"});
  CHECK(result.exit_code == 2);
  CHECK(is_one_line(result.err));
  CHECK(victim.is_untouched());

  CHECK(job.run({"--log-file", "/dev/null"}).exit_code == 0);
  const ProgramResult spoken = job.run({"--log-file", "/dev/stderr"});
  CHECK(spoken.exit_code == 0);
  CHECK(spoken.err.find("started with") != std::string::npos);
}

TEST_CASE("a FIFO that nobody reads is no log file") {
  const Job job;
  job.add_picture("a.jpg");
  const std::string log = job.directory() + "/fifo";
  REQUIRE(::mkfifo(log.c_str(), 0600) == 0);
  const ProgramResult result = job.run({"--log-file", log});
  CHECK(result.exit_code == 2);
  CHECK(result.err.find(log + " is a FIFO that nobody reads") != std::string::npos);
}

TEST_CASE("SIGHUP follows no link that has taken the log's place, and SIGTERM still works") {
  const Job job;
  const Victim victim(job);
  (void)job.add_gated(8);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "1"}));
  REQUIRE(wait_until([&] { return job.at_gate() > 0 || running.has_ended(); }));
  for (const SpecialFile& kind : special_files()) {
    fs::remove_all(job.log_file());
    if (!kind.make(job.log_file(), victim.path())) continue;
    running.send(SIGHUP);
    CHECK(wait_until([&] { return !running.has_ended(); }));
  }
  running.send(SIGTERM);
  job.open_gate();
  const ProgramResult result = running.wait();
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 143);
  CHECK(victim.is_untouched());
}

TEST_CASE("a stranger's link is not taken for the output or for the job directory") {
  if (::geteuid() != 0) skip("only root can give a link to another user");
  const Job job;
  job.add_picture("a.jpg");
  const std::string shared = job.directory() + "/shared";
  const std::string own = job.directory() + "/own";
  fs::create_directory(shared);
  set_mode(shared, 0777);  // not sticky: there the kernel refuses the link itself
  fs::create_directory(own);
  fs::create_symlink(own, shared + "/link");
  REQUIRE(::lchown((shared + "/link").c_str(), stranger, stranger) == 0);
  for (const Words& options :
       {Words{"--output", shared + "/link"}, Words{"--output", shared + "/link/below"},
        Words{"--job-dir", shared + "/link"}, Words{"--job-dir", shared + "/link/job"},
        Words{"--log-file", shared + "/link/log"}, Words{"--log-file", shared + "/link/new/log"}}) {
    const ProgramResult result = job.run(options);
    INFO(options.at(0) << " " << options.at(1) << "\n" << result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find("symbolic link") != std::string::npos);
    CHECK(fs::is_empty(own));
  }
}

TEST_CASE("a link that takes the output's place while the job runs gets no output") {
  const Job job;
  const std::string gated = job.add_gated(1).front();
  const std::string elsewhere = job.directory() + "/elsewhere";
  fs::create_directory(elsewhere);
  RunningProgram program = job.start({"--worker-program", hazard_worker(), "--timeout", "0", "--workers", "1",
                                      "--job-dir", job.directory() + "/job"});
  REQUIRE(wait_until([&] { return job.at_gate() == 1 || program.has_ended(); }));
  fs::rename(job.out(), job.out() + "-moved");
  fs::create_directory_symlink(elsewhere, job.out());
  const auto workers = job.workers("hazard-worker");
  REQUIRE(workers.size() == 1);
  REQUIRE(::kill(workers.front(), SIGKILL) == 0);  // the next one finds the output by its path
  job.open_gate();
  const ProgramResult result = program.wait();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(fs::is_empty(elsewhere));
  CHECK(read_file(job.directory() + "/job/report.json").find("was replaced by another one") !=
        std::string::npos);
}

TEST_CASE("crash data keep nothing of the environment") {
  const Job job;
  job.add_picture("fault-segv@compose.jpg");
  Words words = job.command(with_hazard_worker({"--workers", "1", "--retries", "0", "--keep-crash-data"}));
  words.push_back(job.in());
  const std::string secret = "token-3b1f0c";
  for (const std::string& analyzer :
       {std::string("WM_UNUSED=1"), std::string("WM_CRASH_ANALYZER=/bin/false")}) {
    ProgramOptions options = job.options();
    options.environment.push_back("WM_TEST_SECRET=" + secret);
    options.environment.push_back(analyzer);
    fs::remove_all(job.out());
    CHECK(job.run_command(words, options).exit_code == 1);
    const std::string crash = crash_report(job, crash_index(job).front()["id"]).directory;
    CHECK(fs::exists(crash + "/cell"));
    for (const auto& entry : fs::recursive_directory_iterator(job.job_directory())) {
      if (!entry.is_regular_file()) continue;
      CAPTURE(entry.path());
      CHECK(read_file(entry.path()).find(secret) == std::string::npos);
    }
  }
}

TEST_CASE("a stranger's job file beside a complete command line is not read") {
  const Job job;
  job.add_picture("a.jpg");
  const std::string shared = job.directory() + "/shared";
  fs::create_directory(shared);
  set_mode(shared, 01777);
  write_file(shared + "/wm-supervisor.toml", "worker-program = \"/bin/false\"\n");
  ProgramOptions options = job.options();
  options.directory = shared;
  Words words = job.command();
  const ProgramResult refused = job.run_command(words, options);
  CHECK(refused.exit_code == 2);
  CHECK(is_one_line(refused.err));
  CHECK(refused.err.find("its directory may be written by others") != std::string::npos);
  words.push_back(job.in());
  const ProgramResult result = job.run_command(words, options);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("toml") == std::string::npos);
}

TEST_CASE("a key of 400,000 dots is an error with its line") {
  const Job job;
  std::string text = "a";
  for (int i = 0; i < 400'000; ++i) text += ".a";
  write_file(job.directory() + "/deep.toml", "\n" + text + " = 1\n");
  const ProgramResult result =
      job.run_command({Job::supervisor(), "--config", job.directory() + "/deep.toml"});
  CHECK(result.exit_code == 2);
  CHECK(is_one_line(result.err));
  CHECK(result.err.find("deep.toml:2: a key has more than 16 parts") != std::string::npos);
}

}  // namespace
}  // namespace wm::test
