#include "supervisor/journal/job_journal.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "common/job/temporary_name.h"
#include "supervisor/cli/usage_error.h"
#include "supervisor/journal/job_lock.h"
#include "supervisor/journal/journal_thread.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using Kind = Admission::Kind;

constexpr RunToken token{0xabc};

struct Fixture {
  TempDir dir;
  std::string database = dir.path() + "/job.db";
  std::string outputs = dir.path() + "/out";
  Fixture() { std::filesystem::create_directory(outputs); }

  RunInfo info(int opacity_percent = 50) const {
    RunInfo info{.token = token, .command = "test", .output_directory = outputs};
    info.recipe.marks.push_back({.source = Text{.text = "x"}, .opacity = opacity_percent / 100.0});
    return info;
  }
  /// A run of its own, as after a restart.
  JobJournal open(const RunInfo& run_info) const {
    JobJournal journal(database);
    recovery = journal.begin_run(run_info);
    return journal;
  }
  JobJournal open() const { return open(info()); }
  void publish(const std::string& output, const std::string& contents = "data") const {
    std::ofstream(outputs + "/" + output) << contents;
  }
  mutable Recovery recovery;
};

InputFile input(const std::string& name, std::int64_t size = 10, std::int64_t mtime = 1000) {
  return {.path = "/in/" + name, .shown_from = 4, .output = name, .size = size, .mtime_ns = mtime};
}

Admission admit(JobJournal& journal, const InputFile& file) {
  journal.begin();
  const auto admission = journal.admit(file, SuspectsMay::run);
  journal.commit();
  REQUIRE(admission);
  return *admission;
}

FinalOutcome outcome(const Admission& admission, FinalState state, std::optional<Failure> failure = {}) {
  return {
      .task = admission.assignment.task.id, .state = state, .failure = std::move(failure), .output_bytes = 4};
}

void record(JobJournal& journal, const FinalOutcome& final_outcome) {
  journal.begin();
  journal.record(final_outcome);
  journal.commit();
}

/// Admits, publishes and records one file as marked.
void mark(JobJournal& journal, const Fixture& fixture, const InputFile& file) {
  const Admission admission = admit(journal, file);
  REQUIRE(admission.kind == Kind::run);
  fixture.publish(file.output);
  record(journal, outcome(admission, FinalState::marked));
}

TEST_CASE("a marked input is up to date in the next run until something changes") {
  Fixture f;
  {
    JobJournal journal = f.open();
    mark(journal, f, input("a.jpg"));
  }
  SECTION("nothing changed") {
    JobJournal journal = f.open();
    CHECK(admit(journal, input("a.jpg")).kind == Kind::up_to_date);
  }
  SECTION("the input's size") {
    JobJournal journal = f.open();
    CHECK(admit(journal, input("a.jpg", 11)).kind == Kind::run);
  }
  SECTION("the input's time") {
    JobJournal journal = f.open();
    CHECK(admit(journal, input("a.jpg", 10, 1001)).kind == Kind::run);
  }
  SECTION("the recipe") {
    JobJournal journal = f.open(f.info(51));
    CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  }
  SECTION("the output is gone") {
    std::filesystem::remove(f.outputs + "/a.jpg");
    JobJournal journal = f.open();
    CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  }
  SECTION("the output is another one") {
    f.publish("a.jpg", "other data");
    JobJournal journal = f.open();
    CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  }
  SECTION("--overwrite all") {
    RunInfo info = f.info();
    info.overwrite = Overwrite::all;
    JobJournal journal = f.open(info);
    CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  }
}

TEST_CASE("--overwrite never leaves every existing output alone") {
  Fixture f;
  f.publish("strange.jpg");
  RunInfo info = f.info();
  info.overwrite = Overwrite::never;
  JobJournal journal = f.open(info);
  CHECK(admit(journal, input("strange.jpg")).kind == Kind::up_to_date);
  CHECK(admit(journal, input("new.jpg")).kind == Kind::run);
}

TEST_CASE("failed inputs are tried again, quarantined ones are not") {
  Fixture f;
  {
    JobJournal journal = f.open();
    record(journal, outcome(admit(journal, input("bad.jpg")), FinalState::failed,
                            Failure{FailureKind::corrupt, "bad"}));
    record(journal, outcome(admit(journal, input("poison.jpg")), FinalState::quarantined,
                            Failure{FailureKind::crash, "boom"}));
  }
  {
    JobJournal journal = f.open();
    CHECK(admit(journal, input("bad.jpg")).kind == Kind::run);
    const Admission poison = admit(journal, input("poison.jpg"));
    CHECK(poison.kind == Kind::quarantined);
    CHECK(poison.failure->message == "boom");
  }
  RunInfo info = f.info();
  info.retry_quarantined = true;
  JobJournal journal = f.open(info);
  CHECK(admit(journal, input("poison.jpg")).kind == Kind::run);
}

TEST_CASE("the second input of an output is a collision, the same input twice is one") {
  Fixture f;
  JobJournal journal = f.open();
  InputFile twin = input("a.jpg");
  twin.path = "/elsewhere/a.jpg";
  CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  const Admission second = admit(journal, twin);
  CHECK(second.kind == Kind::failed);
  CHECK(second.failure->kind == FailureKind::collision);
  CHECK(admit(journal, input("a.jpg")).kind == Kind::duplicate);
}

TEST_CASE("an input that the scan could not look at fails without an attempt") {
  Fixture f;
  JobJournal journal = f.open();
  InputFile file = input("a.jpg");
  file.problem = "Permission denied";
  const Admission admission = admit(journal, file);
  CHECK(admission.kind == Kind::failed);
  CHECK(admission.failure->kind == FailureKind::unreadable);
  std::vector<Problem> problems;
  journal.for_each_problem([&](const Problem& problem) { problems.push_back(problem); });
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].input == "a.jpg");
  CHECK(problems[0].failure.message == "Permission denied");
  CHECK(problems[0].attempts == 0);
}

TEST_CASE("a file that was published before its supervisor died is not made again") {
  Fixture f;
  {
    JobJournal journal = f.open();
    for (const char* const name : {"published.jpg", "begun.jpg", "untouched.jpg"})
      admit(journal, input(name));
    f.publish("published.jpg");
    f.publish("begun.jpg");  // published by an earlier attempt; the last one left its temporary file
    f.publish(temporary_name(token, TaskId{2}));
  }
  JobJournal journal = f.open();
  CHECK(f.recovery.published == 1);
  CHECK(f.recovery.interrupted == 2);
  CHECK(f.recovery.temporaries == 1);
  CHECK_FALSE(std::filesystem::exists(f.outputs + "/" + temporary_name(token, TaskId{2})));
  CHECK(admit(journal, input("published.jpg")).kind == Kind::up_to_date);
  CHECK(admit(journal, input("begun.jpg")).kind == Kind::run);
  CHECK(admit(journal, input("untouched.jpg")).kind == Kind::run);
}

TEST_CASE("an output that was there before is no proof of publication, whatever is done to it") {
  Fixture f;
  f.publish("old.jpg");
  {
    JobJournal journal = f.open();
    admit(journal, input("old.jpg"));
  }
  std::filesystem::permissions(f.outputs + "/old.jpg", std::filesystem::perms::owner_all);  // a new ctime
  JobJournal journal = f.open();
  CHECK(f.recovery.published == 0);
  CHECK(admit(journal, input("old.jpg")).kind == Kind::run);
}

TEST_CASE("files in hand when a run died come last, and are given up after five runs that did nothing else") {
  Fixture f;
  for (int run = 0; run < JobJournal::max_interruptions; ++run) {
    JobJournal journal = f.open();
    journal.begin();
    const auto now = journal.admit(input("poison.jpg"), SuspectsMay::wait);
    CHECK(now.has_value() == (run == 0));
    if (!now) CHECK(journal.admit(input("poison.jpg"), SuspectsMay::run)->kind == Kind::run);
    journal.commit();
  }
  JobJournal journal = f.open();
  const Admission admission = admit(journal, input("poison.jpg"));
  CHECK(admission.kind == Kind::quarantined);
  CHECK(admission.failure->kind == FailureKind::crash);
}

TEST_CASE("runs that finish other files are not held against those in hand") {
  Fixture f;
  for (int run = 0; run < 3 * JobJournal::max_interruptions; ++run) {
    JobJournal journal = f.open();
    mark(journal, f, input("good" + std::to_string(run)));
    CHECK(admit(journal, input("innocent.jpg")).kind == Kind::run);
  }
}

TEST_CASE("what the journal cannot be is told and left alone") {
  Fixture f;
  SECTION("garbage") {
    std::ofstream(f.database) << std::string(5000, 'x');
  }
  SECTION("another program's database") {
    sqlite::Database other(f.database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    other.run("CREATE TABLE t (x)");
  }
  SECTION("another version") {
    { JobJournal journal(f.database); }
    sqlite::Database other(f.database, SQLITE_OPEN_READWRITE);
    other.run("PRAGMA user_version = 99");
  }
  SECTION("damaged in the middle") {
    {
      JobJournal journal = f.open();
      for (int i = 0; i < 500; ++i) admit(journal, input("file" + std::to_string(i)));
    }
    std::fstream file(f.database, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5 * 4096);
    file << std::string(4096, '\x5a');
  }
  CHECK_THROWS_AS(JobJournal(f.database), UsageError);
}

TEST_CASE("a second supervisor is refused and told the first one's pid") {
  const TempDir dir;
  const JobLock lock(dir.path());
  const pid_t child = ::fork();  // record locks are between processes
  if (child == 0) {
    try {
      const JobLock second(dir.path());
      ::_exit(1);
    } catch (const UsageError& error) {
      ::_exit(std::string(error.what()).find("pid " + std::to_string(::getppid())) != std::string::npos ? 0
                                                                                                        : 2);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("the journal's thread hands out every input once and records every outcome") {
  for (const Durability durability : {Durability::none, Durability::batch, Durability::full}) {
    Fixture f;
    constexpr int count = 3000;
    {
      JournalThread thread;
      std::thread scan([&] {
        for (int i = 0; i < count; ++i) {
          if (!thread.push(input("f" + std::to_string(i)))) break;  // then too few come out
        }
        thread.scan_finished();
      });
      RunInfo info = f.info();
      info.durability = durability;
      thread.start(f.open(info), durability);
      std::set<std::uint64_t> seen;
      while (!thread.exhausted()) {
        thread.demand(10);
        for (const Admission& admission : thread.take()) {
          CHECK(admission.kind == Kind::run);
          seen.insert(number(admission.assignment.task.id));
          thread.record(outcome(admission, FinalState::marked));
        }
      }
      scan.join();
      CHECK(seen.size() == count);
      thread.join();
      thread.end_run({.inputs = count, .marked = count}, 0);
      CHECK_FALSE(thread.error());
    }
    sqlite::Database database(f.database, SQLITE_OPEN_READONLY);
    CHECK(database.integer("SELECT count(*) FROM file WHERE state = 'marked'") == count);
    CHECK(database.integer("SELECT marked FROM run") == count);
  }
}

TEST_CASE("what was admitted while a run stopped is withdrawn") {
  Fixture f;
  {
    JournalThread thread;
    for (int i = 0; i < 50; ++i) REQUIRE(thread.push(input("f" + std::to_string(i))));
    thread.scan_finished();
    thread.start(f.open(), Durability::batch);
    thread.demand(50);
    while (thread.queued() > 0) std::this_thread::yield();
    thread.join();  // and nothing was taken
    thread.end_run({.inputs = 50}, 130);
  }
  JobJournal journal = f.open();
  CHECK(f.recovery.interrupted == 0);
}

TEST_CASE("a scan that is blocked on a full queue ends when the run stops") {
  JournalThread thread;
  std::uint64_t pushed = 0;
  std::thread scan([&] {
    while (thread.push(input("f" + std::to_string(pushed)))) ++pushed;
  });
  while (thread.queued() < 1024) std::this_thread::yield();
  thread.close();
  scan.join();
  CHECK(pushed >= 1024);
}

}  // namespace
}  // namespace wm
