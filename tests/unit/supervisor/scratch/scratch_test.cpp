#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/journal/evidence_log.h"
#include "supervisor/journal/job_journal.h"
#include "supervisor/journal/journal_copy.h"
#include "supervisor/scratch/scratch_copier.h"
#include "supervisor/scratch/scratch_directory.h"
#include "supervisor/scratch/scratch_journal.h"
#include "supervisor/scratch/scratch_note.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/documents.h"
#include "tests/support/files.h"
#include "tests/support/journal_rows.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"
#include "tests/unit/supervisor/scratch/support/two_runs.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A job directory and a scratch directory, with a journal in the latter.
struct Fixture {
  TempDir dir;
  JobDirectory job = JobDirectory::create(dir.path() + "/job");
  std::string outputs = dir.path() + "/out";
  ScratchDirectory scratch = ScratchDirectory::make(dir.path() + "/disk", job);
  std::shared_ptr<EvidenceLog> evidence;
  std::unique_ptr<JobJournal> journal;

  Fixture() { fs::create_directory(outputs); }
  [[nodiscard]] RunInfo info(RunToken run = token) const {
    RunInfo info{.token = run, .command = "test", .output_directory = outputs};
    info.recipe.marks.push_back({.source = Text{.text = "x"}});
    return info;
  }
  void open() {
    begin_scratch(job, scratch, token, Durability::batch);
    journal = std::make_unique<JobJournal>(scratch.directory(), Durability::batch, JournalReaders::some);
    static_cast<void>(journal->begin_run(info()));
    evidence = std::make_shared<EvidenceLog>(job, token, EvidenceLog::Sync::yes);
    journal->keep_evidence(evidence);
  }
  [[nodiscard]] ScratchCopier copier(ScratchCopier::Check check = {},
                                     ScratchCopier::Notice notice = {}) const {
    return ScratchCopier(
        {.job = job, .scratch = scratch.directory(), .run = token, .evidence = evidence, .copies_log = true},
        std::move(check), std::move(notice), {.normal = 20ms, .after_failure = 10ms, .most_share = 1});
  }
  [[nodiscard]] OutputIdentity publish(const std::string& output,
                                       const std::string& contents = "data") const {
    std::ofstream(outputs + "/" + output) << contents;
    struct ::stat status {};
    REQUIRE(::lstat((outputs + "/" + output).c_str(), &status) == 0);
    return output_identity(status);
  }
  [[nodiscard]] std::int64_t copied(const std::string& query) const {
    return journal_number(job.path(), query);
  }
};

InputFile input(const std::string& name) {
  return {.path = "/in/" + name, .shown_from = 4, .output = name, .size = 10, .mtime_ns = 1000};
}

Admission admit(JobJournal& journal, const InputFile& file, const std::deque<InputFile>& coming = {}) {
  journal.begin();
  const auto admission = journal.admit(file, SuspectsMay::run, coming);
  journal.commit();
  REQUIRE(admission);
  return *admission;
}

void record(JobJournal& journal, const Admission& admission, const OutputIdentity& output) {
  journal.begin();
  journal.record({.task = admission.assignment.task.id,
                  .state = FinalState::marked,
                  .published = {.bytes = static_cast<std::uint64_t>(output.size),
                                .inode = output.inode,
                                .mtime_ns = output.mtime_ns}});
  journal.commit();
}

TEST_CASE("jobs do not meet in a scratch directory, not even those of one path, and neither do users") {
  const Fixture fixture;
  const std::string disk = fixture.dir.path() + "/disk";
  fs::rename(fixture.job.path(), fixture.dir.path() + "/elsewhere");  // as the mounts of containers
  const JobDirectory other = JobDirectory::create(fixture.job.path());
  CHECK(ScratchDirectory::make(disk, other).directory().path() != fixture.scratch.directory().path());
  struct ::stat status {};
  REQUIRE(::fstat(other.fd(), &status) == 0);
  CHECK(scratch_name(1000, status) != scratch_name(1001, status));
}

TEST_CASE("two supervisors do not share a scratch directory, and the second may try again") {
  const Fixture fixture;
  CHECK_THROWS_AS(ScratchDirectory::make(fixture.dir.path() + "/disk", fixture.job), JobHeld);
  CHECK_THROWS_AS(ScratchDirectory::find(fixture.scratch.directory().path()), JobHeld);
  CHECK_FALSE(ScratchDirectory::find(fixture.dir.path() + "/none"));
}

TEST_CASE("a scratch directory may be below one that gives its group on") {
  TempDir dir;
  const JobDirectory job = JobDirectory::create(dir.path() + "/job");
  const std::string disk = dir.path() + "/disk";
  fs::create_directory(disk);
  REQUIRE(::chmod(disk.c_str(), 02755) == 0);
  const std::string made = ScratchDirectory::make(disk, job).directory().path();
  struct ::stat status {};
  REQUIRE(::stat(made.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0700);
  CHECK(ScratchDirectory::make(disk, job).directory().path() == made);
}

TEST_CASE("copies leave most of the time to the run") {
  const CopyIntervals intervals;
  CHECK(intervals.after(false, 100ms) == 120s);
  CHECK(intervals.after(true, 100ms) == 15s);
  CHECK(intervals.after(false, 10s) == 200s);
  CHECK(intervals.after(true, 40s) == 40s);
  CHECK(intervals.after(true, 600s) == 120s);  // a server that does not answer is asked again all the same
}

TEST_CASE("the note survives, whatever bytes the path has, and is refused when it is damaged") {
  for (const std::string path : {"/tmp/a", "/tmp/\xff \"b\"\n"}) {
    const ScratchNote note = scratch_note_here(token, path);
    CHECK(scratch_note_from(to_text(note)) == note);
  }
  const std::string good = to_text(scratch_note_here(token, "/tmp/a"));
  for (std::size_t size = 0; size + 2 < good.size(); ++size)
    CHECK_FALSE(scratch_note_from(good.substr(0, size)));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK_FALSE(scratch_note_from(with("/tmp/a", "tmp/a")));
  CHECK_FALSE(scratch_note_from(with("\"schema\": 1", "\"schema\": 2")));
  CHECK_FALSE(scratch_note_from(with("0000000000000abc", "xyz")));
  CHECK_FALSE(scratch_note_from("[]"));
}

TEST_CASE("the document lists the members of the note") {
  const Json json = json_from_text(to_text(scratch_note_here(token, "/tmp/a")));
  const std::string listed = section(document("docs/journal.md"), "## Scratch");
  for (const auto& [name, value] : json.items()) {
    CAPTURE(name);
    CHECK(listed.find("| `" + name + "` |") != std::string::npos);
  }
}

TEST_CASE("a copy is whole, has a name only then, and what it holds is no evidence any more") {
  Fixture fixture;
  fixture.open();
  const Admission admission = admit(*fixture.journal, input("a.jpg"), {input("a.jpg"), input("b.jpg")});
  record(*fixture.journal, admission, fixture.publish("a.jpg"));
  CHECK(left_unrecorded(fixture.job).doubt_of("b.jpg") != nullptr);
  CHECK(left_unrecorded(fixture.job).published.size() == 1);
  write_file(fixture.scratch.directory().path_of(scratch_log_file), "one\ntwo\nthr");
  ScratchCopier copier = fixture.copier();
  CHECK(copier.finish(ScratchCopier::Evidence::remove).empty());
  CHECK(fixture.copied("SELECT count(*) FROM file WHERE state = 'marked'") == 1);
  CHECK(read_file(fixture.job.path_of(scratch_log_file)) == "one\ntwo\n");
  CHECK(left_unrecorded(fixture.job).published.empty());
  CHECK_FALSE(fixture.job.has("job.db-wal"));
  for (const std::string& name : fixture.job.names()) CHECK(name.find(".tmp") == std::string::npos);
  // A reader leaves a log beside a database in WAL mode.
  CHECK(read_file(fixture.job.path_of("job.db")).substr(18, 2) == "\x01\x01");

  // b.jpg is in no file of evidence now, so it is noted before it is handed out.
  static_cast<void>(admit(*fixture.journal, input("b.jpg")));
  CHECK(left_unrecorded(fixture.job).doubt_of("b.jpg") != nullptr);
}

TEST_CASE("copies are made while the journal is written, and each is a state that there was") {
  Fixture fixture;
  fixture.open();
  ScratchCopier copier = fixture.copier();
  copier.start(ScratchCopier::First::at_once);
  for (unsigned i = 0; i < 300; ++i) {
    const std::string name = std::to_string(i) + ".jpg";
    record(*fixture.journal, admit(*fixture.journal, input(name)), fixture.publish(name));
  }
  CHECK(wait_until([&] { return fixture.job.has("job.db"); }));
  CHECK(copier.finish(ScratchCopier::Evidence::remove).empty());
  CHECK(fixture.copied("SELECT count(*) FROM file WHERE state = 'marked'") == 300);
}

TEST_CASE("an owner that has lost the job never writes into the copy of another one") {
  Fixture fixture;
  fixture.open();
  const std::string temporary = fixture.job.path_of("job.db.0000000000000abc.tmp");
  JournalCopy old(fixture.job, token, 0644);
  REQUIRE(fs::exists(temporary));
  remove_unfinished_copies(fixture.job);  // by the new owner
  CHECK_FALSE(fs::exists(temporary));
  JournalCopy other(fixture.job, next, 0644);
  CHECK_THROWS(old.write(open_journal_to_copy(fixture.scratch.directory())));
  CHECK(read_file(fixture.job.path_of("job.db.0000000000000def.tmp")).empty());
  CHECK(other.write(open_journal_to_copy(fixture.scratch.directory())));
  CHECK_THROWS(old.publish());
  CHECK_FALSE(fixture.job.has("job.db"));
  other.publish();
  CHECK(fixture.copied("SELECT count(*) FROM run") == 1);
}

TEST_CASE("a copy whose file was replaced is not published") {
  Fixture fixture;
  fixture.open();
  JournalCopy copy(fixture.job, token, 0644);
  CHECK(copy.write(open_journal_to_copy(fixture.scratch.directory())));
  const std::string temporary = fixture.job.path_of("job.db.0000000000000abc.tmp");
  fs::rename(temporary, temporary + ".old");
  write_file(temporary, "another one's");
  CHECK_THROWS_AS(copy.publish(), UsageError);
  CHECK_FALSE(fixture.job.has("job.db"));
}

TEST_CASE("who may not write any more publishes no copy") {
  Fixture fixture;
  fixture.open();
  std::atomic<unsigned> checks = 0;
  ScratchCopier copier = fixture.copier([&] {
    ++checks;
    throw UsageError("another supervisor has taken the job");
  });
  CHECK(copier.finish(ScratchCopier::Evidence::remove).find("another supervisor") != std::string::npos);
  CHECK(checks == 4);
  CHECK_FALSE(fixture.job.has("job.db"));
  CHECK_FALSE(left_unrecorded(fixture.job).runs.empty());
  // That of before the first attempt, and that of after it.
  CHECK(std::ranges::count_if(fixture.job.names(),
                              [](const std::string& name) { return name.starts_with("evidence-"); }) == 2);
}

TEST_CASE("a journal that lost its disk is continued from the copy, with the evidence") {
  Fixture fixture;
  fixture.open();
  CHECK(fixture.copier().finish(ScratchCopier::Evidence::remove).empty());
  const Admission admission = admit(*fixture.journal, input("a.jpg"), {input("a.jpg"), input("b.jpg")});
  record(*fixture.journal, admission, fixture.publish("a.jpg"));
  static_cast<void>(fixture.publish("b.jpg"));
  static_cast<void>(fixture.publish("c.jpg"));  // somebody else's
  std::ofstream(fixture.outputs + "/" + temporary_name(token, TaskId{2})) << "half";
  fixture.journal.reset();

  JobJournal journal(fixture.job);
  RunInfo info = fixture.info(RunToken{0xdef});
  info.evidence.unrecorded = left_unrecorded(fixture.job);
  const Recovery recovery = journal.begin_run(info);
  CHECK(recovery.temporaries == 1);
  CHECK(fs::exists(fixture.outputs + "/a.jpg"));
  const Admission a = admit(journal, input("a.jpg"));
  CHECK(a.kind == Admission::Kind::run);
  CHECK(a.assignment.task.own_output.inode != 0);
  const Admission b = admit(journal, input("b.jpg"));
  CHECK(b.kind == Admission::Kind::run);
  CHECK(b.assignment.task.may_be_own == MayBeOwn::cut_off);
  CHECK(admit(journal, input("c.jpg")).kind == Admission::Kind::failed);
}

/// Records of what was published did not reach the disk.
void strip_published(const JobDirectory& job) {
  for (const std::string& name : job.names()) {
    if (!name.starts_with("evidence-")) continue;
    std::string bytes = read_file(job.path_of(name));
    for (std::size_t at = 0; (at = bytes.find(std::string("\0p", 2), at)) != std::string::npos;)
      bytes.erase(at, bytes.find('\0', at + 1) - at);
    write_file(job.path_of(name), bytes);
  }
}

TEST_CASE("an output that a lost run has replaced is not up to date, also if its size is the same") {
  for (const bool has_published : {true, false}) {
    CAPTURE(has_published);
    Fixture fixture;
    fixture.open();
    for (const char* const name : {"a.jpg", "b.jpg", "c.jpg"})
      record(*fixture.journal, admit(*fixture.journal, input(name)), fixture.publish(name));
    CHECK(fixture.copier().finish(ScratchCopier::Evidence::remove).empty());
    fixture.journal.reset();
    // The lost run, with another recipe.
    const RunToken lost{0xdef};
    begin_scratch(fixture.job, fixture.scratch, lost, Durability::batch);
    fixture.journal =
        std::make_unique<JobJournal>(fixture.scratch.directory(), Durability::batch, JournalReaders::some);
    RunInfo other = fixture.info(lost);
    other.recipe.marks.front() = {.source = Text{.text = "y"}};
    static_cast<void>(fixture.journal->begin_run(other));
    fixture.journal->keep_evidence(std::make_shared<EvidenceLog>(fixture.job, lost, EvidenceLog::Sync::yes));
    const Admission a = admit(*fixture.journal, input("a.jpg"), {input("a.jpg"), input("b.jpg")});
    fs::remove(fixture.outputs + "/a.jpg");
    record(*fixture.journal, a, fixture.publish("a.jpg", "atad"));
    fixture.journal.reset();
    if (!has_published) strip_published(fixture.job);

    JobJournal journal(fixture.job);
    RunInfo info = fixture.info(RunToken{0x123});
    info.evidence.unrecorded = left_unrecorded(fixture.job);
    static_cast<void>(journal.begin_run(info));
    const Admission again = admit(journal, input("a.jpg"));
    CHECK(again.kind == Admission::Kind::run);
    CHECK((again.assignment.task.own_output.inode != 0) == has_published);
    CHECK((again.assignment.task.may_be_own == MayBeOwn::whole) == !has_published);
    CHECK(admit(journal, input("b.jpg")).kind == Admission::Kind::up_to_date);
    CHECK(admit(journal, input("c.jpg")).kind == Admission::Kind::up_to_date);
  }
}

TEST_CASE("what was at the path of an output before it was handed out is not the job's own") {
  Fixture fixture;
  fixture.open();
  CHECK(fixture.copier().finish(ScratchCopier::Evidence::remove).empty());
  static_cast<void>(fixture.publish("before.jpg", ""));
  static_cast<void>(admit(
      *fixture.journal, input("a.jpg"),
      {input("a.jpg"), input("before.jpg"), input("refused.jpg"), input("free.jpg"), input("found.jpg")}));
  static_cast<void>(fixture.publish("refused.jpg", ""));  // after it was noted, before it was handed out
  CHECK(admit(*fixture.journal, input("refused.jpg")).kind == Admission::Kind::failed);
  const Admission found = admit(*fixture.journal, input("found.jpg"));  // likewise, before it was published
  static_cast<void>(fixture.publish("found.jpg", ""));
  fixture.journal->begin();
  fixture.journal->record({.task = found.assignment.task.id,
                           .state = FinalState::failed,
                           .failure = Failure{FailureKind::exists, "it exists"}});
  fixture.journal->commit();
  static_cast<void>(fixture.publish("free.jpg", ""));
  fixture.journal.reset();

  JobJournal journal(fixture.job);
  RunInfo info = fixture.info(RunToken{0xdef});
  info.evidence.unrecorded = left_unrecorded(fixture.job);
  static_cast<void>(journal.begin_run(info));
  for (const char* const name : {"before.jpg", "refused.jpg", "found.jpg"}) {
    CAPTURE(name);
    const Admission admission = admit(journal, input(name));
    CHECK(admission.kind == Admission::Kind::failed);
    REQUIRE(admission.failure);
    CHECK(admission.failure->kind == FailureKind::exists);
  }
  CHECK(admit(journal, input("free.jpg")).assignment.task.may_be_own == MayBeOwn::cut_off);
}

TEST_CASE("what a run after the loss has recorded is not in doubt any more if that run dies, too") {
  Fixture fixture;
  fixture.open();
  CHECK(fixture.copier().finish(ScratchCopier::Evidence::remove).empty());
  for (const char* const name : {"a.jpg", "b.jpg"})
    static_cast<void>(admit(*fixture.journal, input(name), {input(name)}));
  fixture.journal.reset();
  const auto begin = [&](JobJournal& journal, RunToken run) {
    RunInfo info = fixture.info(run);
    info.evidence.unrecorded = left_unrecorded(fixture.job);
    static_cast<void>(journal.begin_run(info));
    const auto in_doubt = journal.settle();
    keep_in_doubt(fixture.job, run, *in_doubt);
    return in_doubt;
  };
  {
    JobJournal journal(fixture.job);
    const auto in_doubt = begin(journal, next);
    CHECK(in_doubt->size() == 2);
    record(journal, admit(journal, input("a.jpg")), fixture.publish("a.jpg"));
    CHECK(in_doubt->size() == 1);
  }  // it was killed
  for (const char* const name : {"a.jpg", "b.jpg"}) {
    static_cast<void>(fixture.publish("theirs", ""));
    fs::rename(fixture.outputs + "/theirs", fixture.outputs + "/" + name);  // another inode
  }
  JobJournal journal(fixture.job);
  CHECK(begin(journal, RunToken{0x123})->size() == 1);
  CHECK(admit(journal, input("a.jpg")).kind == Admission::Kind::failed);
  CHECK(admit(journal, input("b.jpg")).assignment.task.may_be_own == MayBeOwn::cut_off);
}

/// A killed run's journal in a scratch directory, and the note about it.
struct KilledRun {
  TempDir dir;
  JobDirectory job = JobDirectory::create(dir.path() + "/job");
  std::string path;

  KilledRun() {
    const auto scratch = make();
    path = scratch.directory().path();
    begin_scratch(job, scratch, token, Durability::batch);
    fs::create_directory(dir.path() + "/out");
    JobJournal journal(scratch.directory(), Durability::batch, JournalReaders::some);
    RunInfo info{.token = token, .command = "left", .output_directory = dir.path() + "/out"};
    info.recipe.marks.push_back({.source = Text{.text = "x"}});
    static_cast<void>(journal.begin_run(info));
    write_file(path + "/" + scratch_log_file, "a line\n");
  }
  [[nodiscard]] ScratchDirectory make() const { return ScratchDirectory::make(dir.path() + "/disk", job); }
  void check_taken() const {
    CHECK(journal_number(job.path(), "SELECT count(*) FROM run WHERE command = 'left'") == 1);
    CHECK(read_file(job.path_of(scratch_log_file)) == "a line\n");
    CHECK_FALSE(job.has(scratch_note_file));
  }
};

TEST_CASE("a journal left on this machine is taken only if it is certainly that of the note") {
  enum class Case { same, held, other_boot, other_run, no_note };
  for (const Case now : {Case::same, Case::held, Case::other_boot, Case::other_run, Case::no_note}) {
    CAPTURE(static_cast<int>(now));
    const KilledRun run;
    ScratchNote note = scratch_note_here(token, run.path);
    if (now == Case::other_boot) note.boot_id = "another";
    if (now == Case::other_run) note.run = RunToken{0xdef};
    write_scratch_note(run.job, note);
    if (now == Case::no_note) remove_scratch_note(run.job);
    const bool is_taken = now == Case::same || now == Case::held;
    {
      const auto user = now == Case::held ? std::optional(run.make()) : std::nullopt;
      CHECK(left_scratch(run.job).has_value() == is_taken);  // who only looks locks nothing
    }
    CHECK(run.job.has(scratch_note_file) == (now != Case::no_note));
    {
      const auto held = now == Case::held ? std::optional(run.make()) : std::nullopt;
      const LeftScratch left = take_left_scratch(run.job, next, held ? &*held : nullptr);
      CHECK((left.fate == LeftScratch::Fate::taken) == is_taken);
    }
    CHECK(run.job.has("job.db") == is_taken);
    CHECK_FALSE(run.job.has(scratch_note_file));
    if (is_taken) run.check_taken();
    CHECK(fs::exists(run.path) == (now != Case::same));
    CHECK(fs::exists(run.path + "/job.db") == !is_taken);
  }
}

TEST_CASE("each line of the log is copied once, also if that was cut short by a kill") {
  const Fixture fixture;
  const std::string source = fixture.scratch.directory().path_of(scratch_log_file);
  const std::string noted = fixture.scratch.directory().path_of("log-copied");
  const std::string target = fixture.job.path_of(scratch_log_file);
  const std::string before = "of an earlier run\n";
  write_file(target, before);
  write_file(source, "one\n");
  copy_log(fixture.scratch.directory(), fixture.job);
  const std::string all = "one\ntwo\nthree\n";
  const std::string note = read_file(noted);
  for (std::size_t size = 4; size <= all.size(); ++size) {
    CAPTURE(size);
    write_file(source, all);
    write_file(noted, note);
    write_file(target, before + all.substr(0, size));  // the append was killed then, or the note after it
    copy_log(fixture.scratch.directory(), fixture.job);
    CHECK(read_file(target) == before + all);
  }
  write_file(noted, note);
  write_file(target, before + "one\nsomebody else's\n");
  copy_log(fixture.scratch.directory(), fixture.job);
  CHECK(read_file(target) == before + "one\nsomebody else's\ntwo\nthree\n");
}

TEST_CASE("a damaged journal in a scratch directory is set aside, not removed") {
  const KilledRun run;
  const std::string damage(100'000, 'x');
  write_file(run.path + "/job.db", damage);
  const LeftScratch left = take_left_scratch(run.job, next);
  CHECK(left.fate == LeftScratch::Fate::damaged);
  CHECK_FALSE(run.job.has("job.db"));
  CHECK_FALSE(run.job.has(scratch_note_file));
  CHECK_FALSE(fs::exists(run.path));
  const std::string aside = fs::directory_iterator(run.dir.path() + "/disk")->path().string();
  CHECK(aside.starts_with(run.path + ".damaged-"));
  CHECK(left.words.find(aside) != std::string::npos);
  CHECK(read_file(aside + "/job.db") == damage);
}

TEST_CASE("if the job directory is what is wrong, the journal in the scratch directory stays") {
  const KilledRun run;
  const auto refused = [&] {
    CHECK_THROWS(take_left_scratch(run.job, next));
    CHECK(run.job.has(scratch_note_file));
    CHECK(fs::exists(run.path + "/job.db"));
    CHECK(read_file(run.path + "/" + scratch_log_file) == "a line\n");
  };
  fs::create_symlink(run.dir.path() + "/elsewhere", run.job.path_of(scratch_log_file));
  refused();
  fs::remove(run.job.path_of(scratch_log_file));
  fs::remove(run.job.path_of("job.db"));
  fs::create_directory(run.job.path_of("job.db"));
  refused();
  fs::remove(run.job.path_of("job.db"));
  write_file(run.job.path_of("job.db-wal"), std::string(5000, 'x'));
  refused();
  fs::remove(run.job.path_of("job.db-wal"));
  CHECK(take_left_scratch(run.job, next).fate == LeftScratch::Fate::taken);
  run.check_taken();
}

TEST_CASE("who has looked at the copy does not keep the journal from being taken") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{32}}) {
    const KilledRun run;
    write_file(run.job.path_of("job.db-wal"), std::string(size, 'x'));
    write_file(run.job.path_of("job.db-shm"), "");
    CHECK(take_left_scratch(run.job, next).fate == LeftScratch::Fate::taken);
    CHECK_FALSE(run.job.has("job.db-shm"));
    run.check_taken();
  }
}

}  // namespace
}  // namespace wm::test
