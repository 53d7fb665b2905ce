// Inputs that are not what they were when the job found them: another file in their place is neither marked,
// hashed, kept nor run again, whatever it is, and nothing waits for it.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct Swap {
  std::string name;
  std::function<void(const std::string& path)> put_there;
};

/// What its owner may put in an input's place. `secret` is a file that only the job's user may read.
std::vector<Swap> swaps(const std::string& secret) {
  return {
      {"pipe", [](const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }},
      {"directory", [](const std::string& path) { fs::create_directory(path); }},
      {"device", [](const std::string& path) { fs::create_symlink("/dev/zero", path); }},
      {"link", [secret](const std::string& path) { fs::create_symlink(secret, path); }},
      {"sparse",
       [](const std::string& path) {
         write_file(path, "");
         fs::resize_file(path, std::uintmax_t{8} << 40);
       }},
      {"twin",  // of the same size and time
       [](const std::string& path) {
         const auto time = fs::last_write_time(path + ".moved");
         write_file(path, std::string(fs::file_size(path + ".moved"), 'x'));
         fs::last_write_time(path, time);
       }},
      {"nothing", [](const std::string&) {}},
  };
}

void swap(const std::string& path, const Swap& other) {
  fs::rename(path, path + ".moved");  // it lives on, so that its inode is not given to what takes its place
  other.put_there(path);
}

std::string make_secret(const Job& job) {
  std::string secret = job.directory() + "/secret.jpg";
  write_file(secret, sample_picture(64, 48, ".jpg", 7));
  fs::permissions(secret, fs::perms::owner_read | fs::perms::owner_write);
  return secret;
}

/// A job over files that wait at the gate and are swapped there.
class GatedJob : public Job {
 public:
  explicit GatedJob(const std::string& beginning) {
    for (const Swap& other : others_) {
      names_.push_back(beginning + other.name + ".jpg");
      add_picture(names_.back(), static_cast<unsigned>(names_.size()));
    }
  }
  /// Runs it to its end.
  [[nodiscard]] ProgramResult run_with_swaps(Words options) const {
    options.insert(options.end(), {"--workers", std::to_string(names_.size()), "--retries", "0"});
    RunningProgram program = start(with_hazard_worker(options));
    const bool all_wait =
        wait_until([&] { return at_gate() == names_.size() || program.has_ended(); }) && !program.has_ended();
    for (std::size_t i = 0; all_wait && i < names_.size(); ++i) swap(in(names_[i]), others_[i]);
    open_gate();
    ProgramResult result = program.wait();
    INFO(result.err);
    CHECK(all_wait);
    return result;
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::string& secret() const { return secret_; }

 private:
  std::string secret_ = make_secret(*this);
  std::vector<Swap> others_ = swaps(secret_);
  std::vector<std::string> names_;
};

TEST_CASE("what has taken an input's place is not marked in its stead, and the reason is said") {
  const GatedJob job("gated-");
  const ProgramResult result = job.run_with_swaps({});
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report()["failed"] == job.names().size());
  CHECK(job.report()["marked"] == 0);
  const auto report = job.report();
  for (const auto& problem : report["problems"]) {
    CAPTURE(problem.dump());
    CHECK(problem["kind"] == "unreadable");
    const auto input = problem["input"].get<std::string>();
    const auto message = problem["message"].get<std::string>();
    const bool is_regular = input.find("twin") != std::string::npos ||
                            input.find("link") != std::string::npos ||
                            input.find("sparse") != std::string::npos;
    if (is_regular)
      CHECK(message.find("was replaced by another file after it was found") != std::string::npos);
  }
  CHECK(files_below(job.out()).empty());
}

TEST_CASE("what has taken the place of an input that crashed is neither hashed nor kept") {
  const GatedJob job("gated-abort-");
  const std::string kept = job.directory() + "/kept";
  const ProgramResult result = job.run_with_swaps({"--quarantine", kept});
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(job.report()["quarantined"] == job.names().size());
  for (const std::string& name : job.names()) {
    CAPTURE(name);
    const bool is_gone = name.find("nothing") != std::string::npos;
    const std::string words = is_gone ? "cannot be opened any more" : "has been replaced since";
    CHECK(read_file(job.log_file()).find(job.in(name) + " in " + kept + ": it " + words) !=
          std::string::npos);
  }
  // Of equal crashes five have a report.
  unsigned reports = 0;
  for (const auto& entry : crash_index(job)) {
    if (entry["full"] != true) continue;
    const CrashReport report = crash_report(job, entry["id"]);
    CAPTURE(report.json["task"].dump());
    ++reports;
    CHECK(report.json["task"]["input_xxh3"].is_null());
    const auto problem = report.json["task"]["input_hash_problem"].get<std::string>();
    const bool is_gone = report.json["task"]["input"].get<std::string>().find("nothing") != std::string::npos;
    CHECK(problem.find(is_gone ? "cannot be opened any more" : "has been replaced since") == 0);
    CHECK(report.text.find(problem) != std::string::npos);

    const ProgramResult replay =
        job.run_command({Job::supervisor(), "replay", report.directory, "--worker-program", hazard_worker()});
    CAPTURE(replay.out, replay.err);
    CHECK(replay.exit_code == 2);
    CHECK(replay.err.find(is_gone ? "is not there any more" : "has been replaced since the crash") !=
          std::string::npos);
  }
  CHECK(reports == 5);
  CHECK_FALSE(fs::exists(kept));
}

TEST_CASE("an input that is as it was is hashed, kept and run again") {
  const Job job;
  job.add_picture("fault-segv@compose.jpg");
  const std::string kept = job.directory() + "/kept";
  CHECK(job.run(with_hazard_worker({"--workers", "1", "--retries", "0", "--quarantine", kept})).exit_code ==
        1);
  const CrashReport report = crash_report_on(job, job.in("fault-segv@compose.jpg"));
  CHECK(report.json["task"]["input_xxh3"].get<std::string>().size() == 32);
  CHECK(report.json["task"]["input_hash_problem"].is_null());
  CHECK(report.json["task"]["input_bytes"] == fs::file_size(job.in("fault-segv@compose.jpg")));
  CHECK(files_below(kept).size() == 1);
  const Words replay{Job::supervisor(), "replay", report.directory, "--worker-program", hazard_worker()};
  CHECK(job.run_command(replay).exit_code == 0);

  // A copy that came back from somewhere is the same file.
  const std::string bytes = read_file(job.in("fault-segv@compose.jpg"));
  fs::rename(job.in("fault-segv@compose.jpg"), job.directory() + "/moved");
  write_file(job.in("fault-segv@compose.jpg"), bytes);
  const ProgramResult again = job.run_command(replay);
  CHECK(again.exit_code == 0);
  CHECK(again.out.find("changed") == std::string::npos);
}

TEST_CASE("an input that was written to after it was found is recorded as it was marked") {
  const Job job;
  job.add_picture("gated.jpg");
  RunningProgram program = job.start(with_hazard_worker({"--workers", "1"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  write_file(job.in("gated.jpg"), sample_picture(80, 60, ".jpg", 9));
  job.open_gate();
  CHECK(program.wait().exit_code == 0);
  CHECK(journal_number(job.job_directory(), "SELECT size FROM file") ==
        static_cast<std::int64_t>(fs::file_size(job.in("gated.jpg"))));
  CHECK(decoded(read_file(job.out("gated.jpg"))).width == 80);
  CHECK(job.run({"--workers", "1"}).exit_code == 0);
  CHECK(job.report()["up_to_date"] == 1);
}

}  // namespace
}  // namespace wm::test
