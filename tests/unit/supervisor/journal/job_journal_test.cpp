#include "supervisor/journal/job_journal.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <thread>
#include <unordered_map>
#include <utility>

#include "common/job/temporary_name.h"
#include "supervisor/journal/journal_renewal.h"
#include "supervisor/journal/journal_thread.h"
#include "supervisor/journal/log_boot.h"
#include "supervisor/journal/set_aside.h"
#include "supervisor/journal/wal_gap.h"
#include "supervisor/ownership/job_lock.h"
#include "supervisor/ownership/machine_start.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/journal_rows.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"
#include "tests/unit/supervisor/journal/support/admission.h"

namespace wm {
namespace {

using Kind = Admission::Kind;

constexpr RunToken run_token{0xabc};

struct JournalFixture {
  TempDir dir;
  JobDirectory job = JobDirectory::create(dir.path());
  std::string database = dir.path() + "/job.db";
  std::string outputs = dir.path() + "/out";
  JournalFixture() { std::filesystem::create_directory(outputs); }

  RunInfo info(int opacity_percent = 50) const {
    RunInfo info{.token = run_token, .command = "test", .output_directory = outputs};
    info.recipe.marks.push_back({.source = Text{.text = "x"}, .opacity = opacity_percent / 100.0});
    return info;
  }
  /// A run of its own, as after a restart.
  JobJournal open(const RunInfo& run_info) const {
    JobJournal journal(job);
    recovery = journal.begin_run(run_info);
    return journal;
  }
  JobJournal open() const { return open(info()); }
  void publish(const std::string& output, const std::string& contents = "data") const {
    std::ofstream(outputs + "/" + output) << contents;
  }
  OutputIdentity identity(const std::string& output) const {
    struct stat status {};
    REQUIRE(::lstat((outputs + "/" + output).c_str(), &status) == 0);
    return output_identity(status);
  }
  mutable Recovery recovery;
};

FinalOutcome outcome(const Admission& admission, FinalState state, std::optional<Failure> failure = {}) {
  return {.task = admission.assignment.task.id,
          .state = state,
          .failure = std::move(failure),
          .published = {.bytes = 4}};
}

void record(JobJournal& journal, const FinalOutcome& final_outcome) {
  journal.begin();
  journal.record(final_outcome);
  journal.commit();
}

/// Publishes and records one file that was admitted.
void finish(JobJournal& journal, const JournalFixture& fixture, const Admission& admission,
            FinalState state = FinalState::marked, Result result = Result::marked) {
  REQUIRE(admission.kind == Kind::run);
  FinalOutcome done = outcome(admission, state);
  done.published.result = result;
  if (result != Result::left_out) {
    const std::string& output = admission.assignment.task.output;
    fixture.publish(output);
    const OutputIdentity identity = fixture.identity(output);
    done.published.inode = identity.inode;
    done.published.mtime_ns = identity.mtime_ns;
  }
  record(journal, done);
}

/// Admits, publishes and records one file as marked.
void mark(JobJournal& journal, const JournalFixture& fixture, const InputFile& file) {
  finish(journal, fixture, admit(journal, file));
}

void check_exists(const Admission& admission, const std::string& words) {
  REQUIRE(admission.kind == Kind::failed);
  CHECK(admission.failure->kind == FailureKind::exists);
  INFO(admission.failure->message);
  CHECK(admission.failure->message.find(words) != std::string::npos);
}

/// Two paths that the look-up cannot tell from each other by their hashes.
std::pair<std::string, std::string> alike_paths() {
  std::unordered_map<std::uint32_t, std::string> known;
  for (int i = 0;; ++i) {
    std::string path = "picture-" + std::to_string(i) + ".jpg";
    const auto [found, is_new] = known.emplace(PathIndex::hash_of(path), path);
    if (!is_new) return {found->second, path};
  }
}

TEST_CASE("a journal that was made without a sync is one like others") {
  const JournalFixture f;
  {
    JobJournal journal(f.job, Durability::none);
    (void)journal.begin_run(f.info());
    mark(journal, f, input("a.jpg"));
  }
  JobJournal journal = f.open();
  CHECK(admit(journal, input("a.jpg")).kind == Kind::up_to_date);
}

TEST_CASE("paths with the same hash are different files") {
  const auto [first, second] = alike_paths();
  const std::string& one = first;
  const std::string& other = second;
  const auto named = [](const std::string& name) {
    return InputFile{.path = name, .shown_from = 0, .output = name, .size = 10, .mtime_ns = 1000};
  };
  const JournalFixture f;
  {
    JobJournal journal = f.open();
    mark(journal, f, named(one));
    mark(journal, f, named(other));
    CHECK(admit(journal, named(one)).kind == Kind::duplicate);
  }
  JobJournal journal = f.open();
  CHECK(admit(journal, named(other)).kind == Kind::up_to_date);
  CHECK(admit(journal, named(one)).kind == Kind::up_to_date);
}

TEST_CASE("a marked input is up to date in the next run until something changes") {
  JournalFixture f;
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
    check_exists(admit(journal, input("a.jpg")), "the output a.jpg exists and is not as this job made it");
  }
  SECTION("--overwrite all") {
    RunInfo info = f.info();
    info.overwrite = Overwrite::all;
    JobJournal journal = f.open(info);
    CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  }
}

TEST_CASE("a marked input's row has the size and time of the file that was marked") {
  const JournalFixture f;
  InputFile found = input("a.jpg", 10, 1000);
  found.stamp = {.device = 1, .inode = 2, .size = 10, .mtime_ns = 1000};
  {
    JobJournal journal = f.open();
    const Admission admission = admit(journal, found);
    CHECK(admission.assignment.task.found == found.stamp);
    f.publish("a.jpg");
    FinalOutcome marked = outcome(admission, FinalState::marked);
    // It was written to after the scan had seen it.
    marked.published.input = {.device = 1, .inode = 2, .size = 11, .mtime_ns = 1001};
    record(journal, marked);
  }
  CHECK(admit(*std::make_unique<JobJournal>(f.open()), input("a.jpg", 11, 1001)).kind == Kind::up_to_date);
  CHECK(admit(*std::make_unique<JobJournal>(f.open()), found).kind == Kind::run);
}

TEST_CASE("--overwrite never leaves every existing output alone") {
  JournalFixture f;
  f.publish("strange.jpg");
  RunInfo info = f.info();
  info.overwrite = Overwrite::never;
  JobJournal journal = f.open(info);
  CHECK(admit(journal, input("strange.jpg")).kind == Kind::up_to_date);
  CHECK(admit(journal, input("new.jpg")).kind == Kind::run);
  std::filesystem::create_symlink("strange.jpg", f.outputs + "/link.jpg");
  check_exists(admit(journal, input("link.jpg")), "is a symbolic link");
}

TEST_CASE(
    "an input that failed because its output exists has not failed when --overwrite never leaves that") {
  JournalFixture f;
  f.publish("a.jpg");
  const auto failures_in = [&](JobJournal& journal) {
    std::vector<Problem> problems;
    journal.for_each_problem([&](const Problem& problem) { problems.push_back(problem); });
    return problems.size();
  };
  {
    JobJournal journal = f.open();
    check_exists(admit(journal, input("a.jpg")), "--overwrite all");
    CHECK(failures_in(journal) == 1);
  }
  RunInfo info = f.info();
  info.overwrite = Overwrite::never;
  {
    JobJournal journal = f.open(info);
    CHECK(admit(journal, input("a.jpg")).kind == Kind::up_to_date);
    CHECK(failures_in(journal) == 0);
  }
  check_exists(admit(*std::make_unique<JobJournal>(f.open()), input("a.jpg")), "--overwrite all");
}

TEST_CASE("a file at an output's path that the job did not publish is replaced only when that is asked for") {
  JournalFixture f;
  f.publish("a.jpg");
  std::filesystem::create_directory(f.outputs + "/b.jpg");
  RunInfo info = f.info();
  SECTION("not by default") {
    JobJournal journal = f.open(info);
    check_exists(admit(journal, input("a.jpg")), "--overwrite all");
    std::vector<Problem> problems;
    journal.for_each_problem([&](const Problem& problem) { problems.push_back(problem); });
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].failure.kind == FailureKind::exists);
  }
  SECTION("never what is no regular file") {
    info.policy.foreign = GENERATE(ForeignFile::refuse, ForeignFile::replace, ForeignFile::back_up);
    JobJournal journal = f.open(info);
    check_exists(admit(journal, input("b.jpg")), "is a directory, which is never replaced");
  }
  SECTION("as the options say") {
    info.policy.foreign = GENERATE(ForeignFile::replace, ForeignFile::back_up);
    JobJournal journal = f.open(info);
    const Admission admission = admit(journal, input("a.jpg"));
    CHECK(admission.kind == Kind::run);
    CHECK(admission.assignment.task.own_output == OutputIdentity{});  // the worker is to know
  }
}

TEST_CASE(
    "an output that the job published is replaced when the recipe changes, unless somebody changed it") {
  JournalFixture f;
  {
    JobJournal journal = f.open();
    mark(journal, f, input("a.jpg"));
  }
  const std::string path = f.outputs + "/a.jpg";
  const auto changed_recipe = [&] {
    JobJournal journal = f.open(f.info(51));
    return admit(journal, input("a.jpg"));
  };
  SECTION("as it was published") {
    CHECK(changed_recipe().assignment.task.own_output == f.identity("a.jpg"));
  }
  SECTION("with another mode and another link") {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::filesystem::create_hard_link(path, f.outputs + "/kept");
    CHECK(changed_recipe().assignment.task.own_output == f.identity("a.jpg"));
  }
  SECTION("edited in place") {
    std::ofstream(path, std::ios::app) << "!";
    check_exists(changed_recipe(), "a.jpg");
  }
  SECTION("another file of the same size and time") {
    const auto time = std::filesystem::last_write_time(path);
    f.publish("other");
    std::filesystem::last_write_time(f.outputs + "/other", time);
    std::filesystem::rename(f.outputs + "/other", path);
    {
      JobJournal journal = f.open();  // a copy of the outputs on another disk looks the same
      CHECK(admit(journal, input("a.jpg")).kind == Kind::up_to_date);
    }
    check_exists(changed_recipe(), "a.jpg");
  }
  SECTION("after runs that failed with it") {
    {
      JobJournal journal = f.open(f.info(51));
      record(journal, outcome(admit(journal, input("a.jpg")), FinalState::failed,
                              Failure{FailureKind::corrupt, "bad"}));
    }
    {
      JobJournal journal = f.open(f.info(51));
      (void)admit(journal, input("a.jpg"));  // and died
    }
    CHECK(changed_recipe().assignment.task.own_output == f.identity("a.jpg"));
  }
  SECTION("for an input of another path") {
    InputFile moved = input("a.jpg");
    moved.path = "/moved/a.jpg";
    JobJournal journal = f.open();
    CHECK(admit(journal, moved).assignment.task.own_output == f.identity("a.jpg"));
  }
  SECTION("after its input had an output of another name") {
    InputFile renamed = input("a.jpg");
    renamed.output = "a.png";
    {
      JobJournal journal = f.open(f.info(51));
      mark(journal, f, renamed);
    }
    CHECK(changed_recipe().assignment.task.own_output == f.identity("a.jpg"));
    JobJournal journal = f.open(f.info(52));
    CHECK(admit(journal, renamed).assignment.task.own_output == f.identity("a.png"));
  }
}

TEST_CASE("a picture without marks is up to date when what was done with it is what is wanted") {
  JournalFixture f;
  RunInfo info = f.info();
  const auto decided = [&](IfUnmarked wanted) {
    info.policy.if_unmarked = wanted;
    JobJournal journal = f.open(info);
    return admit(journal, input("a.jpg")).kind;
  };
  SECTION("left out") {
    {
      JobJournal journal = f.open(info);
      finish(journal, f, admit(journal, input("a.jpg")), FinalState::unmarked, Result::left_out);
    }
    CHECK(decided(IfUnmarked::skip) == Kind::up_to_date);
    CHECK(decided(IfUnmarked::copy) == Kind::run);
  }
  SECTION("copied") {
    {
      JobJournal journal = f.open(info);
      finish(journal, f, admit(journal, input("a.jpg")), FinalState::unmarked, Result::copied);
    }
    CHECK(decided(IfUnmarked::copy) == Kind::up_to_date);
    CHECK(decided(IfUnmarked::skip) == Kind::up_to_date);
    std::filesystem::remove(f.outputs + "/a.jpg");
    CHECK(decided(IfUnmarked::copy) == Kind::run);
  }
  SECTION("left out, where an earlier recipe had an output") {
    {
      JobJournal journal = f.open(f.info(51));
      mark(journal, f, input("a.jpg"));
    }
    {
      JobJournal journal = f.open(info);
      finish(journal, f, admit(journal, input("a.jpg")), FinalState::unmarked, Result::left_out);
    }
    CHECK(decided(IfUnmarked::copy) == Kind::run);
  }
  SECTION("not any more") {
    {
      JobJournal journal = f.open(info);
      finish(journal, f, admit(journal, input("a.jpg")), FinalState::unmarked, Result::copied);
    }
    CHECK(decided(IfUnmarked::fail) == Kind::run);
  }
}

TEST_CASE("failed inputs are tried again, quarantined ones are not") {
  JournalFixture f;
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
  JournalFixture f;
  JobJournal journal = f.open();
  InputFile twin = input("a.jpg");
  twin.path = "/elsewhere/a.jpg";
  CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  const Admission second = admit(journal, twin);
  CHECK(second.kind == Kind::failed);
  CHECK(second.failure->kind == FailureKind::collision);
  CHECK(admit(journal, input("a.jpg")).kind == Kind::duplicate);
}

/// Runs of a job whose output directory takes names as `folding` says.
JobJournal open_folding(const JournalFixture& f, const NameFolding& folding) {
  JobJournal journal(f.job);
  f.recovery = journal.begin_run(f.info(), [&](int, RunToken) { return folding; });
  return journal;
}

TEST_CASE("two outputs that are one for the file system are a collision, the same one in every run") {
  const JournalFixture f;
  const NameFolding folding{.letters = NameFolding::Case::simple, .normalises = true};
  const auto check_collision = [&](JobJournal& journal, const InputFile& file, const std::string& words) {
    const Admission admission = admit(journal, file);
    REQUIRE(admission.kind == Kind::failed);
    CHECK(admission.failure->kind == FailureKind::collision);
    CHECK(admission.failure->message == words);
  };
  const std::string first = "another input of this job has the same output, ";
  const std::string note = "; for the file system there it is the same as ";
  {
    JobJournal journal = open_folding(f, folding);
    mark(journal, f, input("IMG_1.JPG"));
    check_collision(journal, input("img_1.jpg"), first + "IMG_1.JPG" + note + "img_1.jpg");
    mark(journal, f, input("\u00e9.jpg"));
    check_collision(journal, input("E\u0301.JPG"), first + "\u00e9.jpg" + note + "E\u0301.JPG");
    CHECK(admit(journal, input("other.jpg")).kind == Kind::run);
    InputFile twin = input("IMG_1.JPG");
    twin.path = "/elsewhere/IMG_1.JPG";
    check_collision(journal, twin, first + "IMG_1.JPG");
  }
  {
    JobJournal again = open_folding(f, folding);
    CHECK(admit(again, input("IMG_1.JPG")).kind == Kind::up_to_date);
    check_collision(again, input("img_1.jpg"), first + "IMG_1.JPG" + note + "img_1.jpg");
    CHECK(admit(again, input("\u00e9.jpg")).kind == Kind::up_to_date);
    check_collision(again, input("E\u0301.JPG"), first + "\u00e9.jpg" + note + "E\u0301.JPG");
  }
  // Elsewhere they are two.
  JobJournal apart = open_folding(f, {});
  CHECK(admit(apart, input("IMG_1.JPG")).kind == Kind::up_to_date);
  CHECK(admit(apart, input("img_1.jpg")).kind == Kind::run);
}

TEST_CASE("an output is the job's own under every name that the file system has for it") {
  const JournalFixture f;
  const NameFolding folding{.letters = NameFolding::Case::ascii};
  {
    JobJournal journal = open_folding(f, folding);
    mark(journal, f, input("a.jpg"));
  }
  std::filesystem::create_hard_link(f.outputs + "/a.jpg", f.outputs + "/A.JPG");  // what folding would show
  JobJournal journal = open_folding(f, folding);
  const Admission other = admit(journal, input("A.JPG"));
  CHECK(other.kind == Kind::run);
  CHECK(other.assignment.task.own_output == f.identity("a.jpg"));
}

TEST_CASE("a run removes what the probe of a run that died has left") {
  const JournalFixture f;
  const std::string left = f.outputs + "/" + probe_name(run_token, probe_words[0]);
  {
    JobJournal journal(f.job);
    (void)journal.begin_run(f.info(), [&](int, RunToken) {
      std::ofstream(left) << "";
      return NameFolding{};
    });
  }
  REQUIRE(std::filesystem::exists(left));
  RunInfo next = f.info();
  next.token = RunToken{0xdef};
  f.open(next);
  CHECK_FALSE(std::filesystem::exists(left));
}

TEST_CASE("an input that the scan could not look at fails without an attempt") {
  JournalFixture f;
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
  JournalFixture f;
  {
    JobJournal journal = f.open();
    for (const char* const name : {"published.jpg", "begun.jpg", "untouched.jpg"})
      admit(journal, input(name));
    f.publish("published.jpg");
    f.publish("begun.jpg");  // published by an earlier attempt; the last one left its temporary file
    f.publish(temporary_name(run_token, TaskId{2}));
  }
  RunInfo info = f.info();
  info.evidence.announced.add(run_token, TaskId{1}, f.identity("published.jpg"), Result::marked);
  JobJournal journal = f.open(info);
  CHECK(f.recovery.published.size() == 1);
  CHECK(f.recovery.interrupted == 2);
  CHECK(f.recovery.temporaries == 1);
  CHECK_FALSE(std::filesystem::exists(f.outputs + "/" + temporary_name(run_token, TaskId{2})));
  CHECK(admit(journal, input("published.jpg")).kind == Kind::up_to_date);
  const Admission begun = admit(journal, input("begun.jpg"));
  CHECK(begun.kind == Kind::run);
  CHECK(begun.assignment.task.may_be_own == MayBeOwn::whole);  // the worker compares
  CHECK(begun.assignment.task.own_output == OutputIdentity{});
  CHECK(admit(journal, input("untouched.jpg")).kind == Kind::run);
}

TEST_CASE("an output that may not have reached the disk is the job's own, and its file is made again") {
  JournalFixture f;
  {
    JobJournal journal = f.open();
    const Admission admission = admit(journal, input("a.jpg"));
    f.publish("a.jpg");
    FinalOutcome done = outcome(admission, FinalState::marked);
    const OutputIdentity identity = f.identity("a.jpg");
    done.published.inode = identity.inode;
    done.published.mtime_ns = identity.mtime_ns;
    journal.begin();
    journal.record_unsynced(done);
    journal.commit();
  }
  RunInfo info = f.info();
  info.overwrite = GENERATE(Overwrite::changed, Overwrite::never);
  JobJournal journal = f.open(info);
  CHECK(f.recovery.interrupted == 0);
  const Admission again = admit(journal, input("a.jpg"));
  CHECK(again.kind == Kind::run);
  CHECK(again.assignment.task.attempt == 1);
  CHECK(again.assignment.task.own_output == f.identity("a.jpg"));
}

/// A link to itself in the place of a directory of outputs, so that nothing in it can be looked at.
class OutOfReachDirectory {
 public:
  explicit OutOfReachDirectory(const std::string& directory) : directory_(directory) {
    std::filesystem::rename(directory_, directory_ + ".aside");
    std::filesystem::create_directory_symlink(directory_, directory_);
  }
  ~OutOfReachDirectory() {
    std::filesystem::remove(directory_);
    std::filesystem::rename(directory_ + ".aside", directory_);
  }
  OutOfReachDirectory(const OutOfReachDirectory&) = delete;
  OutOfReachDirectory& operator=(const OutOfReachDirectory&) = delete;

 private:
  std::string directory_;
};

TEST_CASE("what a dead run may have published stays in question while nobody can look at it") {
  const bool is_announced = GENERATE(true, false);
  CAPTURE(is_announced);
  JournalFixture f;
  std::filesystem::create_directory(f.outputs + "/below");
  const InputFile file = input("below/a.jpg");
  {
    JobJournal journal = f.open();
    admit(journal, file);
    f.publish(file.output);
  }
  RunInfo info = f.info();
  if (is_announced)
    info.evidence.announced.add(run_token, TaskId{1}, f.identity(file.output), Result::marked);
  {
    const OutOfReachDirectory below(f.outputs + "/below");
    JobJournal journal = f.open(info);
    CHECK(f.recovery.published.empty());
    record(journal, outcome(admit(journal, file), FinalState::failed,
                            Failure{FailureKind::write_error, "out of reach"}));
  }
  {
    JobJournal journal = f.open();
    InputFile unreadable = file;
    unreadable.problem = "Permission denied";
    CHECK(admit(journal, unreadable).kind == Kind::failed);
  }
  JobJournal journal = f.open();
  const Admission again = admit(journal, file);
  CHECK(again.kind == Kind::run);
  CHECK(again.assignment.task.own_output == (is_announced ? f.identity(file.output) : OutputIdentity{}));
  CHECK(again.assignment.task.may_be_own == MayBeOwn::whole);
}

TEST_CASE("an output in doubt that cannot be looked at is not taken for gone") {
  JournalFixture f;
  std::filesystem::create_directory(f.outputs + "/below");
  const InputFile file = input("below/a.jpg");
  RunInfo info = f.info();
  info.policy.if_unmarked = IfUnmarked::skip;
  {
    JobJournal journal = f.open(info);
    finish(journal, f, admit(journal, file), FinalState::unmarked, Result::left_out);
  }
  info.evidence.unrecorded.in_doubt[file.output] = {.was_free = true, .runs = {RunToken{0xdef}}};
  const OutOfReachDirectory below(f.outputs + "/below");
  JobJournal journal = f.open(info);
  const auto in_doubt = journal.settle();
  CHECK(admit(journal, file).failure->kind == FailureKind::write_error);
  CHECK(in_doubt->size() == 1);
}

TEST_CASE("a copy that was published before its supervisor died is not called marked") {
  JournalFixture f;
  RunInfo info = f.info();
  info.policy.if_unmarked = IfUnmarked::copy;
  {
    JobJournal journal = f.open(info);
    admit(journal, input("a.jpg"));
    f.publish("a.jpg");
  }
  info.evidence.announced.add(run_token, TaskId{1}, f.identity("a.jpg"), Result::copied);
  JobJournal journal = f.open(info);
  CHECK(f.recovery.published.size() == 1);
  CHECK(admit(journal, input("a.jpg")).kind == Kind::up_to_date);
  CHECK(test::journal_number(f.dir.path(), "SELECT count(*) FROM file WHERE state = 'unmarked'") == 1);
}

TEST_CASE("a file that came to an output's path after a run died is no output of that run") {
  JournalFixture f;
  {
    JobJournal journal = f.open();
    admit(journal, input("a.jpg"));
  }
  f.publish("a.jpg", "somebody's");
  RunInfo info = f.info();
  OutputIdentity other = f.identity("a.jpg");
  ++other.inode;
  info.evidence.announced.add(run_token, TaskId{1}, other, Result::marked);
  info.evidence.announced.add(RunToken{0xdef}, TaskId{1}, f.identity("a.jpg"), Result::marked);
  info.evidence.announced.add(run_token, TaskId{2}, f.identity("a.jpg"), Result::marked);
  JobJournal journal = f.open(info);
  CHECK(f.recovery.published.size() == 0);
  CHECK(f.recovery.interrupted == 1);
}

TEST_CASE("an output that was there before is no proof of publication, whatever is done to it") {
  JournalFixture f;
  {
    JobJournal journal = f.open(f.info(51));
    mark(journal, f, input("old.jpg"));
  }
  {
    JobJournal journal = f.open();
    admit(journal, input("old.jpg"));
  }
  std::filesystem::permissions(f.outputs + "/old.jpg", std::filesystem::perms::owner_all);  // a new ctime
  JobJournal journal = f.open();
  CHECK(f.recovery.published.size() == 0);
  CHECK(admit(journal, input("old.jpg")).assignment.task.own_output == f.identity("old.jpg"));
}

TEST_CASE("files in hand when a run died come last, and are given up after five runs that did nothing else") {
  JournalFixture f;
  for (int run = 0; run < max_interruptions; ++run) {
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

TEST_CASE("files that no worker had begun are never given up, however many runs die") {
  JournalFixture f;
  RunInfo info = f.info();
  for (int run = 0; run < max_interruptions; ++run) {
    JobJournal journal = f.open(info);
    const Admission begun = admit(journal, input("begun.jpg"));
    REQUIRE(begun.kind == Kind::run);
    CHECK(admit(journal, input("waiting.jpg")).kind == Kind::run);
    info.evidence.in_progress.add(run_token, 0, begun.assignment.task.id);
    info.evidence.in_progress.add(run_token, 1, TaskId{0});
  }
  JobJournal journal = f.open(info);
  CHECK(admit(journal, input("begun.jpg")).kind == Kind::quarantined);
  journal.begin();
  CHECK_FALSE(journal.admit(input("waiting.jpg"), SuspectsMay::wait));  // it may have been published
  CHECK(journal.admit(input("waiting.jpg"), SuspectsMay::run)->kind == Kind::run);
  journal.commit();
}

TEST_CASE("after a restart of the machine nothing tells which files had been begun") {
  JournalFixture f;
  RunInfo info = f.info();
  info.evidence.in_progress.add(run_token, 0, TaskId{0});
  for (int run = 0; run < max_interruptions; ++run) {
    info.machine.boot_id = std::to_string(run);
    JobJournal journal = f.open(info);
    CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  }
  info.machine.boot_id = "another";
  JobJournal journal = f.open(info);
  CHECK(admit(journal, input("a.jpg")).kind == Kind::quarantined);
}

TEST_CASE("a file that came before a restart of the machine is the job's only if the worker finds it so") {
  JournalFixture f;
  {
    JobJournal journal = f.open();
    mark(journal, f, input("old.jpg"));
  }
  RunInfo info = f.info(51);
  {
    JobJournal journal = f.open(info);
    for (const char* const name : {"came.jpg", "changed.jpg", "old.jpg"}) admit(journal, input(name));
    f.publish("came.jpg");
    f.publish("changed.jpg");
    std::filesystem::permissions(f.outputs + "/old.jpg", std::filesystem::perms::owner_all);  // a new ctime
  }
  info.machine = {.boot_id = "another", .ns = std::numeric_limits<std::int64_t>::max()};
  {
    JobJournal journal = f.open(info);
    f.publish("changed.jpg", "after the restart");
    const Admission came = admit(journal, input("came.jpg"));
    CHECK(came.kind == Kind::run);
    CHECK(came.assignment.task.own_output == OutputIdentity{});
    CHECK(came.assignment.task.may_be_own == MayBeOwn::cut_off);
    CHECK(admit(journal, input("changed.jpg")).assignment.task.may_be_own == MayBeOwn::whole);
    CHECK(admit(journal, input("old.jpg")).assignment.task.own_output == f.identity("old.jpg"));
    record(journal, outcome(came, FinalState::failed, Failure{FailureKind::exists, "somebody's"}));
  }
  // That the input failed makes the file no more the job's, nor does another input with this output.
  JobJournal journal = f.open(info);
  InputFile twin = input("twin.jpg");
  twin.output = "came.jpg";
  check_exists(admit(journal, twin), "came.jpg");
}

TEST_CASE("a later run goes on with the attempt that follows the failed ones, after all other files") {
  JournalFixture f;
  const Failure failure{FailureKind::timeout, "it took too long"};
  {
    JobJournal journal = f.open();
    const Admission first = admit(journal, input("bomb.jpg"));
    CHECK(first.assignment.task.attempt == 1);
    journal.begin();
    journal.record_attempt(first.assignment.task.id, 2, failure);
    journal.record_withdrawn(first.assignment.task.id);  // the run stops before it is tried again
    journal.commit();
  }
  {
    JobJournal journal = f.open();
    journal.begin();
    CHECK_FALSE(journal.admit(input("bomb.jpg"), SuspectsMay::wait));
    CHECK(journal.admit(input("new.jpg"), SuspectsMay::wait)->assignment.task.attempt == 1);
    const auto second = journal.admit(input("bomb.jpg"), SuspectsMay::run);
    CHECK(second->kind == Kind::run);
    CHECK(second->assignment.task.attempt == 2);
    CHECK_FALSE(second->assignment.needs_all);
    journal.commit();
  }
  // That run died with the second attempt in hand: it does not count, the first one does.
  JobJournal journal = f.open();
  CHECK(admit(journal, input("bomb.jpg")).assignment.task.attempt == 2);
}

TEST_CASE("failed attempts are forgotten when the file has changed, and when it was not their fault") {
  JournalFixture f;
  {
    JobJournal journal = f.open();
    journal.begin();
    for (const char* const name : {"changed.jpg", "greedy.jpg"}) {
      const TaskId task = admit(journal, input(name)).assignment.task.id;
      journal.begin();
      journal.record_attempt(task, 2, {FailureKind::out_of_memory, "it took all"});
      journal.record_withdrawn(task);
    }
    const TaskId task = admit(journal, input("innocent.jpg")).assignment.task.id;
    journal.begin();
    journal.record_withdrawn(task);
    journal.commit();
  }
  JobJournal journal = f.open();
  InputFile changed = input("changed.jpg");
  ++changed.mtime_ns;
  CHECK(admit(journal, changed).assignment.task.attempt == 1);
  CHECK(admit(journal, input("innocent.jpg")).assignment.task.attempt == 1);
  const Assignment greedy = admit(journal, input("greedy.jpg")).assignment;
  CHECK(greedy.task.attempt == 2);
  CHECK(greedy.needs_all);
}

TEST_CASE(
    "a file that was in progress when the shared memory was damaged is tried alone by later runs, too") {
  JournalFixture f;
  const Failure damage{FailureKind::crash, "was in progress when the shared memory was damaged"};
  const auto give_back = [&](const char* name, bool has_report) {
    JobJournal journal = f.open();
    const TaskId task = admit(journal, input(name)).assignment.task.id;
    journal.begin();
    journal.record_attempt(task, 2, damage);
    if (has_report) journal.record_crash(task, 1, "20261130-1");
    journal.record_withdrawn(task);
    journal.commit();
  };
  give_back("damage.jpg", false);
  give_back("crash.jpg", true);
  for (int run = 0; run < 2; ++run) {  // the first one dies with both
    JobJournal journal = f.open();
    const Assignment alone = admit(journal, input("damage.jpg")).assignment;
    CHECK(alone.task.attempt == 2);
    CHECK(alone.needs_all);
    const Assignment beside = admit(journal, input("crash.jpg")).assignment;
    CHECK(beside.task.attempt == 2);
    CHECK_FALSE(beside.needs_all);
  }
}

TEST_CASE("the report of one attempt is not that of the next one") {
  JournalFixture f;
  {
    JobJournal journal = f.open();
    const TaskId task = admit(journal, input("a.jpg")).assignment.task.id;
    journal.begin();
    journal.record_attempt(task, 2, {FailureKind::crash, "it died"});
    journal.record_crash(task, 1, "20261130-1");
    journal.record_attempt(task, 3,
                           {FailureKind::crash, "was in progress when the shared memory was damaged"});
    journal.record_withdrawn(task);
    journal.commit();
  }
  JobJournal journal = f.open();
  CHECK(admit(journal, input("a.jpg")).assignment.needs_all);
}

TEST_CASE("an input has the crash that its last attempt ended with, and no other") {
  JournalFixture f;
  JobJournal journal = f.open();
  const Failure death{FailureKind::crash, "it died"};
  const auto crash_of = [&] {
    std::string crash;
    journal.for_each_problem([&](const Problem& problem) { crash = problem.crash; });
    return crash;
  };
  const TaskId task = admit(journal, input("a.jpg")).assignment.task.id;
  journal.begin();
  SECTION("it is quarantined for it") {
    journal.record({.task = task, .state = FinalState::quarantined, .failure = death, .attempts = 1});
    journal.record_crash(task, 1, "20261130-1");
    CHECK(crash_of() == "20261130-1");
  }
  SECTION("the next attempt ends otherwise") {
    const bool reported_later = GENERATE(false, true);
    journal.record_attempt(task, 2, death);
    if (!reported_later) journal.record_crash(task, 1, "20261130-1");
    journal.record({.task = task,
                    .state = FinalState::failed,
                    .failure = Failure{FailureKind::unreadable, "it is gone"},
                    .attempts = 2});
    if (reported_later) journal.record_crash(task, 1, "20261130-1");
    CHECK(crash_of().empty());
  }
  SECTION("it is marked") {
    journal.record_attempt(task, 2, death);
    journal.record_crash(task, 1, "20261130-1");
    journal.record(
        {.task = task, .state = FinalState::marked, .failure = {}, .attempts = 2, .published = {.bytes = 4}});
    journal.record_crash(task, 1, "20261130-1");
    journal.commit();
    CHECK(test::journal_number(f.dir.path(), "SELECT count(*) FROM file WHERE crash IS NOT NULL") == 0);
  }
}

TEST_CASE("runs that finish other files are not held against those in hand") {
  JournalFixture f;
  for (int run = 0; run < 3 * max_interruptions; ++run) {
    JobJournal journal = f.open();
    mark(journal, f, input("good" + std::to_string(run)));
    CHECK(admit(journal, input("innocent.jpg")).kind == Kind::run);
  }
}

TEST_CASE("what the journal cannot be is told and left alone") {
  JournalFixture f;
  SECTION("garbage") {
    std::ofstream(f.database) << std::string(5000, 'x');
  }
  SECTION("another program's database") {
    sqlite::Database other(f.database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    other.run("CREATE TABLE t (x)");
  }
  SECTION("another version") {
    { JobJournal journal(f.job); }
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
  SECTION("its list of tables says that there are none") {
    {
      JobJournal journal = f.open();
      for (int i = 0; i < 5; ++i) admit(journal, input("file" + std::to_string(i)));
    }
    std::fstream file(f.database, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(103);
    file << std::string(2, '\0');
  }
  SECTION("empty, beside a report") {
    std::ofstream(f.database).flush();
    std::ofstream(f.dir.path() + "/report.json") << "{}";
  }
  const auto size = std::filesystem::file_size(f.database);
  CHECK_THROWS_AS(JobJournal(f.job), UsageError);
  CHECK(std::filesystem::file_size(f.database) == size);
}

TEST_CASE("an empty file that a killed supervisor left is a new journal") {
  JournalFixture f;
  std::ofstream(f.database).flush();
  JobJournal journal = f.open();
  CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
}

TEST_CASE("a journal that is damaged while it is in use says what to do") {
  JournalFixture f;
  constexpr int rows = 40'000;  // more than SQLite keeps in memory
  const auto long_input = [](int i) { return input(std::string(200, 'x') + std::to_string(i)); };
  {
    JobJournal journal = f.open();
    for (int i = 0; i < rows; ++i) {
      journal.begin();
      (void)journal.admit(long_input(i), SuspectsMay::run);
    }
    journal.commit();
  }
  JobJournal journal = f.open();
  {
    std::fstream file(f.database, std::ios::in | std::ios::out | std::ios::binary);
    for (unsigned page = 4; page < 4000; ++page) {
      file.seekp(page * 4096);
      file << std::string(64, '\x5a');
    }
  }
  JournalError words;
  journal.begin();
  try {
    for (int i = 0; i < rows; i += 100) (void)journal.admit(long_input(i), SuspectsMay::run);
  } catch (const sqlite::Error& error) {
    words = journal.explain(error);
  }
  CHECK(words.problem.find(f.database + " is damaged") != std::string::npos);
  CHECK(words.advice.find("--rebuild-journal") != std::string::npos);
  CHECK_FALSE(words.disk_full);
  journal.roll_back();
}

/// A write-ahead log as a killed supervisor leaves it, and its journal beside it.
struct KilledJob : JournalFixture {
  std::string wal = database + "-wal";
  std::string bytes;
  KilledJob() {
    const std::string copy = dir.path() + "/copy";
    {
      JobJournal journal = open();
      for (int i = 0; i < 200; ++i) mark(journal, *this, input("file" + std::to_string(i)));
      std::filesystem::copy(database, copy);
      std::filesystem::copy(wal, copy + "-wal");
    }
    std::filesystem::rename(copy, database);
    std::filesystem::rename(copy + "-wal", wal);
    bytes = contents_of(wal);
  }
  static std::string contents_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void write_log(const std::string& contents) const { std::ofstream(wal, std::ios::binary) << contents; }
};

TEST_CASE(
    "a renewed journal has everything that was committed, and nothing that its former owner does then") {
  JournalFixture f;
  JobJournal sleeper = f.open();
  for (int i = 0; i < 200; ++i) mark(sleeper, f, input("file" + std::to_string(i)));
  renew_journal(f.job);
  mark(sleeper, f, input("too late"));
  { const JobJournal journal(f.job); }
  mark(sleeper, f, input("even later"));
  sqlite::Database database(f.database, SQLITE_OPEN_READONLY);
  CHECK(database.integer("SELECT count(*) FROM file") == 200);
  sqlite::Statement check(database, "PRAGMA integrity_check");
  REQUIRE(check.step());
  CHECK(check.bytes(0) == "ok");
}

TEST_CASE("nothing is committed after the job is lost") {
  JournalFixture f;
  JobJournal journal = f.open();
  mark(journal, f, input("a"));
  bool lost = false;
  f.job.ask_before_changes([&](std::chrono::nanoseconds) {
    if (lost) throw OwnershipLost("lost");
  });
  journal.begin();
  lost = true;
  CHECK_THROWS_AS(journal.commit(), OwnershipLost);
  CHECK_THROWS_AS(journal.merge_log(), OwnershipLost);
  CHECK_THROWS_AS(JobJournal(f.job), OwnershipLost);
  lost = false;
}

TEST_CASE("a gap in the write-ahead log is damage, its end is not") {
  KilledJob f;
  constexpr std::size_t frame = 24 + 4096;
  REQUIRE(f.bytes.size() > 32 + 20 * frame);
  SECTION("untouched") {
    CHECK_FALSE(has_gap(f.wal, boot_of_log(f.job)));
  }
  SECTION("the last frame is torn") {
    f.bytes.resize(f.bytes.size() - 1000);
    f.write_log(f.bytes);
    CHECK_FALSE(has_gap(f.wal, boot_of_log(f.job)));
    f.bytes[32 + 15 * frame] = '\x77';  // the page's number
    f.write_log(f.bytes.substr(0, 32 + 16 * frame));
    CHECK_FALSE(has_gap(f.wal, boot_of_log(f.job)));
  }
  SECTION("frames of earlier contents follow") {
    for (std::size_t at = 32 + 10 * frame; at < f.bytes.size(); at += frame)
      f.bytes[at + 8] ^= '\x01';  // salt
    f.write_log(f.bytes);
    CHECK_FALSE(has_gap(f.wal, boot_of_log(f.job)));
  }
  SECTION("frames of a commit that was cut off follow") {
    for (std::size_t at = 32 + 10 * frame; at < f.bytes.size(); at += frame) {
      f.bytes[at + 500] ^= '\x01';
      f.bytes.replace(at + 4, 4, 4, '\0');
    }
    f.write_log(f.bytes);
    CHECK_FALSE(has_gap(f.wal, boot_of_log(f.job)));
    const JobJournal journal(f.job);  // and they are gone
    CHECK(std::filesystem::file_size(f.wal) == 0);
  }
  SECTION("a gap") {
    const std::size_t at = GENERATE(std::size_t{32} + 5 * frame + 100,  // in a page
                                    std::size_t{32} + 5 * frame + 9,    // in a frame's salt
                                    std::size_t{32} + 5 * frame + 17,   // in a frame's checksum
                                    std::size_t{20});                   // in the log's header
    f.bytes[at] ^= '\x01';
    f.write_log(f.bytes);
    CHECK(has_gap(f.wal, boot_of_log(f.job)));
    CHECK_THROWS_AS(JobJournal(f.job), UsageError);
    CHECK(KilledJob::contents_of(f.wal) == f.bytes);
  }
  SECTION("a gap that another boot has left, of this machine or of another one") {
    f.bytes[32 + 5 * frame + 100] ^= '\x01';
    f.write_log(f.bytes);
    const std::string boot = GENERATE("another", "", "\xff\n\n");
    std::ofstream(f.job.path_of("job.db-boot")) << boot;
    CHECK_FALSE(has_gap(f.wal, boot_of_log(f.job)));
    CHECK_NOTHROW(JobJournal(f.job));
    CHECK(boot_of_log(f.job) == machine_start().boot_id);
  }
  SECTION("an old gap, where the boot is not recorded") {
    f.bytes[32 + 5 * frame + 100] ^= '\x01';
    f.write_log(f.bytes);
    REQUIRE(f.job.remove("job.db-boot"));
    CHECK(has_gap(f.wal, boot_of_log(f.job)));
    std::filesystem::last_write_time(f.wal,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::years(5));
    CHECK_FALSE(has_gap(f.wal, boot_of_log(f.job)));
    CHECK(is_unclosed(f.job));
    renew_journal(f.job);  // a copy is as old
    CHECK_FALSE(has_gap(f.wal, boot_of_log(f.job)));
    CHECK_NOTHROW(JobJournal(f.job));
    CHECK_FALSE(is_unclosed(f.job));
  }
}

/// A file that exists as input, in a directory of its own.
struct RebuildFixture : JournalFixture {
  RebuildFixture() { std::filesystem::create_directory(dir.path() + "/in"); }
  InputFile real_input(const std::string& name) const {
    const std::string path = dir.path() + "/in/" + name;
    if (!std::filesystem::exists(path)) std::ofstream(path) << "picture";
    struct stat status {};
    ::stat(path.c_str(), &status);
    return {.path = path,
            .output = name,
            .size = status.st_size,
            .mtime_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
  }
  /// The clock of file systems is coarse. Until a file that is written now is newer than all others.
  void wait_for_next_file_time() const {
    const std::string probe = dir.path() + "/probe";
    const auto file_time = [&] {
      std::ofstream(probe) << "x";
      struct stat status {};
      ::stat(probe.c_str(), &status);
      return std::pair(status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    };
    const auto before = file_time();
    REQUIRE(test::wait_until([&] { return file_time() > before; }));
  }
  RunInfo rebuild(int opacity_percent = 50) const {
    RunInfo run_info = info(opacity_percent);
    run_info.rebuild = true;
    return run_info;
  }
};

TEST_CASE("a rebuild takes an output that is newer than its input as done, and no other") {
  RebuildFixture f;
  for (const char* const name :
       {"done.jpg", "older.jpg", "empty.jpg", "zeros.jpg", "link.jpg", "missing.jpg"}) {
    (void)f.real_input(name);
  }
  f.publish("older.jpg");
  f.wait_for_next_file_time();
  std::filesystem::last_write_time(
      f.dir.path() + "/in/older.jpg",
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));  // ctime is now
  f.publish("done.jpg");
  f.publish("empty.jpg", "");
  f.publish("zeros.jpg", std::string(1000, '\0'));
  std::filesystem::create_symlink("done.jpg", f.outputs + "/link.jpg");
  {
    JobJournal journal = f.open(f.rebuild());
    CHECK(admit(journal, f.real_input("done.jpg")).kind == Kind::up_to_date);
    for (const char* const name : {"older.jpg", "empty.jpg", "zeros.jpg", "link.jpg"}) {
      check_exists(admit(journal, f.real_input(name)), name);
    }
    CHECK(admit(journal, f.real_input("missing.jpg")).kind == Kind::run);
    REQUIRE(journal.rebuilt());
    CHECK(journal.rebuilt()->outputs == 1);
    journal.end_run({{}, 1});
  }
  {
    JobJournal journal = f.open();
    CHECK_FALSE(journal.rebuilt());
    CHECK(admit(journal, f.real_input("done.jpg")).kind == Kind::up_to_date);
    (void)f.real_input("other.jpg");
    f.publish("other.jpg");
    check_exists(admit(journal, f.real_input("other.jpg")), "other.jpg");
  }
  JobJournal journal = f.open(f.info(51));
  CHECK(admit(journal, f.real_input("done.jpg")).assignment.task.own_output == f.identity("done.jpg"));
}

TEST_CASE("a rebuild that was stopped is finished by the next run with the same recipe") {
  RebuildFixture f;
  const InputFile file = f.real_input("a.jpg");
  f.publish("a.jpg");
  {
    JobJournal journal = f.open(f.rebuild());
    if (GENERATE(true, false)) journal.end_run({{}, 130});
  }
  SECTION("the same") {
    JobJournal journal = f.open();
    CHECK(journal.rebuilt());
    CHECK(admit(journal, file).kind == Kind::up_to_date);
  }
  SECTION("another") {
    JobJournal journal = f.open(f.info(70));
    CHECK_FALSE(journal.rebuilt());
    check_exists(admit(journal, file), "a.jpg");
  }
}

TEST_CASE("a rebuild removes temporary files of unknown runs beside outputs, and nothing else") {
  RebuildFixture f;
  const auto make = [&](const std::string& name) { f.publish(name); };
  std::filesystem::create_directories(f.outputs + "/sub/deeper");
  std::filesystem::create_directory_symlink("deeper", f.outputs + "/sub/link");
  const std::string left = temporary_name(RunToken{0x123}, TaskId{7});
  make(left);
  make("sub/" + left);
  make("sub/deeper/" + left);
  const std::vector<std::string> kept{temporary_name(run_token, TaskId{7}),
                                      "x" + left,
                                      left + "x",
                                      ".wm-supervisor-0000000000000123-07.tmp",
                                      ".wm-supervisor-000000000000012X-7.tmp",
                                      ".wm-supervisor-0000000000000ABC-7.tmp",
                                      ".wm-supervisor-123-7.tmp",
                                      ".wm-supervisor-0000000000000123-.tmp",
                                      temporary_name(RunToken{0x456}, TaskId{7})};  // of a live run
  for (const std::string& name : kept) make(name);
  const std::string written = temporary_name(RunToken{0x123}, TaskId{8});
  std::ofstream writer(f.outputs + "/" + written);

  RunInfo rebuild = f.rebuild();
  rebuild.may_be_alive = [](RunToken run) { return run == RunToken{0x456}; };
  JobJournal journal = f.open(rebuild);
  InputFile file = f.real_input("a.jpg");
  admit(journal, file);
  file = f.real_input("b.jpg");
  file.output = "sub/b.jpg";
  admit(journal, file);
  file = f.real_input("c.jpg");
  file.output = "sub/link/c.jpg";
  admit(journal, file);
  CHECK(journal.rebuilt()->temporaries == 2);
  CHECK_FALSE(std::filesystem::exists(f.outputs + "/" + left));
  CHECK_FALSE(std::filesystem::exists(f.outputs + "/sub/" + left));
  CHECK(std::filesystem::exists(f.outputs + "/sub/deeper/" + left));
  CHECK(std::filesystem::exists(f.outputs + "/" + written));
  for (const std::string& name : kept) CHECK(std::filesystem::exists(f.outputs + "/" + name));
}

TEST_CASE("a journal that is set aside keeps all its files under one name") {
  const JournalFixture f;
  CHECK_FALSE(set_aside_journal(f.job));
  std::set<std::string> names;
  for (int round = 0; round < 3; ++round) {
    std::ofstream(f.database) << round;
    std::ofstream(f.database + "-wal") << round;
    const auto aside = set_aside_journal(f.job);
    REQUIRE(aside);
    CHECK(names.insert(*aside).second);
    CHECK(aside->starts_with("job.db.damaged-2"));
    CHECK(std::filesystem::file_size(f.job.path_of(*aside)) == 1);
    CHECK(std::filesystem::file_size(f.job.path_of(*aside + "-wal")) == 1);
    CHECK_FALSE(std::filesystem::exists(f.database));
    CHECK_FALSE(std::filesystem::exists(f.database + "-wal"));
  }
}

TEST_CASE("a second supervisor is refused and told the first one's pid") {
  const TempDir dir;
  const JobLock lock(JobDirectory::create(dir.path()));
  const pid_t child = ::fork();  // record locks are between processes
  if (child == 0) {
    try {
      const JobLock second(JobDirectory::create(dir.path()));
      ::_exit(1);
    } catch (const JobHeld& error) {
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
    JournalFixture f;
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
        thread.hand_over();
        for (const Admission& admission : thread.take()) {
          CHECK(admission.kind == Kind::run);
          seen.insert(number(admission.assignment.task.id));
          thread.record(outcome(admission, FinalState::marked));
        }
      }
      scan.join();
      CHECK(seen.size() == count);
      thread.join();
      thread.end_run({{.ledger = {.inputs = count, .marked = count}}, 0}, {});
      CHECK_FALSE(thread.error());
    }
    sqlite::Database database(f.database, SQLITE_OPEN_READONLY);
    CHECK(database.integer("SELECT count(*) FROM file WHERE state = 'marked'") == count);
    CHECK(database.integer("SELECT marked FROM run") == count);
  }
}

TEST_CASE("a few outcomes are recorded before more arrive and before the run ends") {
  const JournalFixture f;
  const pid_t test = ::getpid();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != test) ::_exit(0);  // the test ended before the child could notice it
    JournalThread thread;
    for (int i = 0; i < 3; ++i) (void)thread.push(input("f" + std::to_string(i)));
    thread.scan_finished();
    thread.start(f.open(), Durability::none);
    thread.demand(3);
    thread.hand_over();
    std::vector<Admission> taken;
    while (taken.size() < 3) std::ranges::move(thread.take(), std::back_inserter(taken));
    for (const Admission& admission : taken) thread.record(outcome(admission, FinalState::marked));
    for (;;) {  // as the main loop at each tick, until the process is killed
      thread.hand_over();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  const auto marked = [&]() -> std::int64_t {
    try {
      return test::journal_number(f.dir.path(), "SELECT count(*) FROM file WHERE state = 'marked'");
    } catch (const std::runtime_error&) {
      return 0;  // copied while it was made
    }
  };
  CHECK(test::wait_until([&] { return marked() == 3; }));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  JobJournal journal = f.open();
  CHECK(f.recovery.interrupted == 0);
  CHECK(f.recovery.published.size() == 0);
}

/// A thread that has handed out one input.
struct OneTask {
  JournalFixture f;
  JournalThread thread;
  TaskId task{};

  explicit OneTask(Durability durability) {
    REQUIRE(thread.push(input("a.jpg")));
    thread.scan_finished();
    thread.start(f.open(), durability);
    thread.demand(1);
    thread.hand_over();
    std::vector<Admission> admitted;
    REQUIRE(test::wait_until([&] { return !(admitted = thread.take()).empty(); }));
    task = admitted.front().assignment.task.id;
  }
};

TEST_CASE("the report on a death is recorded after the outcome that it belongs to") {
  OneTask one(GENERATE(Durability::none, Durability::batch, Durability::full));
  one.thread.record({.task = one.task,
                     .state = FinalState::quarantined,
                     .failure = Failure{FailureKind::crash, "it died"},
                     .attempts = 1});
  one.thread.hand_over();
  one.thread.record_crash(one.task, 1, "20261130-1");
  one.thread.join();
  std::vector<Problem> problems;
  one.thread.journal().for_each_problem([&](const Problem& problem) { problems.push_back(problem); });
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].crash == "20261130-1");
}

TEST_CASE("what is counted as recorded is committed before what is recorded later") {
  OneTask one(Durability::none);
  one.thread.record(
      {.task = one.task, .state = FinalState::marked, .failure = {}, .published = {.bytes = 4}});
  const std::uint64_t recorded = one.thread.recorded();
  CHECK(recorded == 1);
  one.thread.record_crash(one.task, 1, "20261130-1");  // from another thread, at once
  CHECK(test::wait_until([&] { return one.thread.committed() == recorded + 1; }));
}

TEST_CASE("what was admitted while a run stopped is withdrawn") {
  JournalFixture f;
  {
    JournalThread thread;
    for (int i = 0; i < 50; ++i) REQUIRE(thread.push(input("f" + std::to_string(i))));
    thread.scan_finished();
    thread.start(f.open(), Durability::batch);
    thread.demand(50);
    thread.hand_over();
    while (thread.queued() > 0) std::this_thread::yield();
    thread.join();  // and nothing was taken
    thread.end_run({{.ledger = {.inputs = 50}}, 130}, {});
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

TEST_CASE("a rehearsal does not take what a killed run may have published for somebody else's") {
  const JournalFixture f;
  {
    JobJournal journal = f.open();
    CHECK(admit(journal, input("a.jpg")).kind == Kind::run);
  }
  f.publish("a.jpg");
  f.publish("b.jpg");
  JobJournal journal = JobJournal::open_read_only(f.job);
  journal.rehearse(f.info());
  CHECK(journal.decide(input("a.jpg")).kind == Kind::run);
  CHECK(journal.decide(input("b.jpg")).kind == Kind::failed);
}

}  // namespace
}  // namespace wm
