#include "supervisor/journal/job_history.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "supervisor/journal/job_journal.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

struct HistoryFixture {
  TempDir dir;
  JobDirectory directory = JobDirectory::create(dir.path());

  HistoryFixture() { const JobJournal journal(directory); }
  void change(const std::string& statements) const {
    sqlite::Database database(dir.path() + "/job.db", SQLITE_OPEN_READWRITE);
    database.run(statements.c_str());
  }
  /// By input.
  std::map<std::string, InputHistory> inputs(std::optional<std::int64_t> since = std::nullopt) const {
    JobHistory history(directory);
    std::map<std::string, InputHistory> inputs;
    history.for_each_input(since, [&](const InputHistory& input) { inputs[input.input] = input; });
    return inputs;
  }
};

const std::string add_run =
    "INSERT INTO run (started, pid, token, boot_id, command, recipe) VALUES "
    "('2026-11-30T10:00:00Z', 1, 2, 'boot', 'command', '{}');";
const std::string add_file =
    "INSERT INTO file (input, output, shown_from, state, run, done_run, started_ns, "
    "output_run, size, output_bytes, kind, message) VALUES ";

TEST_CASE("inputs are what their rows say") {
  const HistoryFixture f;
  f.change(add_run + add_file +
           "(x'2F61', x'61', 1, 'marked', 1, 1, 5, 1, 10, 20, NULL, NULL),"
           "(x'2F62', x'62', 1, 'unmarked', 2, 2, 5, 1, 10, 20, NULL, NULL),"  // the output is one of before
           "(x'2F63', x'63', 1, 'unmarked', 2, 2, 5, 2, 10, 20, NULL, NULL),"
           "(x'2F64', x'64', 1, 'failed', 3, 2, 5, 1, 10, 20, 'corrupt', 'bad'),"
           "(x'2F65', x'65', 1, 'started', 3, NULL, 5, NULL, NULL, NULL, 'crash', 'before'),"
           "(x'2F66', x'66', 1, 'pending', 3, NULL, 0, NULL, 10, NULL, NULL, NULL)");
  const auto inputs = f.inputs();
  REQUIRE(inputs.size() == 6);
  CHECK(inputs.at("/a").state == RecordedState::marked);
  CHECK(inputs.at("/a").output_bytes == 20);
  CHECK(inputs.at("/a").size == 10);
  CHECK_FALSE(inputs.at("/b").output_bytes);
  CHECK(inputs.at("/c").output_bytes == 20);
  CHECK(inputs.at("/d").state == RecordedState::failed);
  CHECK_FALSE(inputs.at("/d").output_bytes);
  CHECK(inputs.at("/d").failure->kind == FailureKind::corrupt);
  CHECK(inputs.at("/e").state == RecordedState::pending);
  CHECK(inputs.at("/e").failure->message == "before");
  CHECK_FALSE(inputs.at("/e").size);
  CHECK(inputs.at("/f").state == RecordedState::left_alone);
  // From a run on: those that got their state then, and waiting ones that it met.
  CHECK(f.inputs(2).size() == 5);
  CHECK(f.inputs(3).size() == 2);
  CHECK(f.inputs(4).empty());
}

TEST_CASE("runs have their figures, those that died the ones of their last sample") {
  const HistoryFixture f;
  f.change(add_run + add_run + add_run +
           "UPDATE run SET ended = '2026-11-30T10:00:07Z', exit_code = 3, reason = 'why' WHERE id = 1;"
           "UPDATE run SET ended = 'x', exit_code = 0, elapsed_ms = 2500, inputs = 9, marked = 8, failed = 1 "
           "WHERE id = 2;"
           "INSERT INTO run_sample VALUES (3, 100, 5, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 10, 20, 30),"
           "(3, 200, 6, 2, 0, 0, 1, 0, 0, 2, 0, 0, 0, 11, 21, 31);"
           "INSERT INTO run_stage VALUES (3, 'encode', 1000, 2, 2001), (3, 'compose', 7, 1, 7)");
  JobHistory history(f.directory);
  CHECK(history.last_run() == 3);
  const auto runs = history.runs(1, 10);
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].elapsed_s == 7);  // of a version that did not record it
  CHECK(runs[0].exit_code == 3);
  CHECK(runs[0].reason == "why");
  CHECK(runs[1].elapsed_s == 2.5);
  CHECK(runs[1].ledger.marked == 8);
  CHECK(runs[1].ledger.pending() == 0);
  CHECK_FALSE(runs[2].ended);
  CHECK(runs[2].elapsed_s == 0.2);
  CHECK(runs[2].ledger.pending() == 3);
  CHECK(runs[2].output_bytes == 21);
  REQUIRE(runs[2].samples.size() == 2);
  CHECK(runs[2].samples[0].resident_bytes == 30);
  CHECK(runs[2].stages[2].count() == 2);
  CHECK(runs[2].stages[2].total() == 2001);
  CHECK(runs[2].stages[1].quantile(0.5) == 7);
  const auto last = history.runs(2, 1);
  REQUIRE(last.size() == 1);
  CHECK(last[0].id == 3);
}

TEST_CASE("counts that no run has written are not believed") {
  const HistoryFixture f;
  f.change(add_run +
           "UPDATE run SET elapsed_ms = -5, inputs = 1, marked = 7, failed = -3, workers = 1 << 40;" +
           add_file +
           "(x'2F61', x'61', 99, 'failed', 1, 1, 5, 1, -10, -20, 'corrupt', char(27) || 'x' || char(10)),"
           "(x'2F62', x'62', -1, 'quarantined', 1, 1, 5, 1, 1, 2, 'crash', 'x');"
           "UPDATE file SET crash = '../x', attempts = -1");
  JobHistory history(f.directory);
  const auto runs = history.runs(1, 10);
  CHECK(runs.at(0).elapsed_s == 0);
  CHECK(runs.at(0).ledger.pending() == 0);
  CHECK(runs.at(0).workers == 0xFFFFFFFF);
  const InputHistory input = f.inputs().at("/a");
  CHECK(input.shown_from == 2);
  CHECK_FALSE(input.size);
  CHECK(input.attempts == 0);
  CHECK(input.crash.empty());
  CHECK(input.failure->message == "\\ex\\n");
  CHECK(f.inputs().at("/b").shown_from == 0);
  f.change("UPDATE run SET id = -9223372036854775808, marked = 9223372036854775807, output_bytes = marked");
  CHECK(JobHistory(f.directory).last_run() == 0);
  f.change("UPDATE run SET id = 1, marked = 9223372036854775807, output_bytes = 9223372036854775807");
  const RunFigures huge = JobHistory(f.directory).runs(1, 10).at(0);
  CHECK(huge.output_bytes == std::uint64_t{1} << 53);
  CHECK(huge.ledger.marked == std::uint64_t{1} << 53);
}

TEST_CASE("values of any length take little memory") {
  const HistoryFixture f;
  const auto ask_for = [&](std::size_t bytes) {
    f.change(
        fmt::format("DELETE FROM run; DELETE FROM file; {0} UPDATE run SET command = '{2}', reason = '{2}', "
                    "recipe = '{2}', output_directory = zeroblob({3}); {1} (zeroblob({3}), zeroblob({3}), "
                    "1, 'failed', 1, 1, 5, 1, 1, 2, 'crash', '{2}'); UPDATE file SET notes = message, "
                    "jpeg_reason = message, crash = message, kind = message",
                    add_run, add_file, std::string(bytes, 'x'), bytes));
  };
  ask_for(1'000'000);
  JobHistory history(f.directory);
  const RunFigures run = history.runs(1, 1).at(0);
  for (const std::string& text : {run.command, run.reason, run.recipe, run.output_directory})
    CHECK(text.size() <= 65536);
  history.for_each_input(std::nullopt, [](const InputHistory& input) {
    for (const std::string& text :
         {input.input, input.output, input.notes, input.jpeg_reason, input.crash, input.failure->message})
      CHECK(text.size() <= 4096);
  });
  ask_for(40'000'000);
  CHECK_THROWS_AS(JobHistory(f.directory).runs(1, 1), UsageError);
}

TEST_CASE("a run that writes meanwhile is noticed, and is not refused") {
  const HistoryFixture f;
  f.change(add_run);
  JobHistory history(f.directory);
  CHECK(history.last_run() == 1);
  CHECK(history.is_unchanged());
  {
    JobJournal journal(f.directory);
    static_cast<void>(
        journal.begin_run({.token = RunToken{9}, .command = "x", .output_directory = f.dir.path()}));
    CHECK_FALSE(history.is_unchanged());
  }
  CHECK_FALSE(history.is_unchanged());
}

TEST_CASE("the log of a killed run is read without a lock, and no file is made") {
  const HistoryFixture f;
  const TempDir copy;
  {
    sqlite::Database database(f.dir.path() + "/job.db", SQLITE_OPEN_READWRITE);
    database.run("PRAGMA journal_mode = WAL");
    database.run(add_run.c_str());
    for (const char* const name : {"/job.db", "/job.db-wal"})
      std::filesystem::copy_file(f.dir.path() + name, copy.path() + name);
  }
  REQUIRE(std::filesystem::file_size(copy.path() + "/job.db-wal") > 0);
  const JobDirectory directory = JobDirectory::create(copy.path());
  JobHistory history(directory);
  CHECK(history.last_run() == 1);
  CHECK_FALSE(std::filesystem::exists(copy.path() + "/job.db-shm"));
  JobJournal journal(directory);  // is not kept out
  static_cast<void>(
      journal.begin_run({.token = RunToken{9}, .command = "x", .output_directory = copy.path()}));
}

/// A journal whose log was begun and has no commit: a supervisor was killed then.
struct BegunLog {
  TempDir dir;
  JobDirectory directory = JobDirectory::create(dir.path());
  std::string log = dir.path() + "/job.db-wal";
  static constexpr std::uintmax_t header_bytes = 32;

  BegunLog() {
    const HistoryFixture f;
    sqlite::Database database(f.dir.path() + "/job.db", SQLITE_OPEN_READWRITE);
    database.run("PRAGMA journal_mode = WAL");
    database.run(add_run.c_str());
    for (const char* const name : {"/job.db", "/job.db-wal"})
      std::filesystem::copy_file(f.dir.path() + name, dir.path() + name);
    std::filesystem::resize_file(log, header_bytes);
  }
};

TEST_CASE("a log without a commit stays as it is") {
  const BegunLog job;
  {
    JobHistory history(job.directory);
    CHECK(history.last_run() == 0);
    CHECK(history.is_unchanged());
  }
  REQUIRE(std::filesystem::exists(job.log));
  CHECK(std::filesystem::file_size(job.log) == BegunLog::header_bytes);
}

TEST_CASE("a run that begins while its journal is read keeps its log") {
  const BegunLog job;
  auto history = std::make_unique<JobHistory>(job.directory);
  CHECK(history->last_run() == 0);
  JobJournal journal(job.directory);
  static_cast<void>(
      journal.begin_run({.token = RunToken{9}, .command = "x", .output_directory = job.dir.path()}));
  CHECK_FALSE(history->is_unchanged());
  history.reset();
  REQUIRE(std::filesystem::exists(job.log));
  CHECK(std::filesystem::file_size(job.log) > BegunLog::header_bytes);
  JobHistory again(job.directory);
  CHECK(again.last_run() == 1);
}

TEST_CASE("a directory without a journal, and one that is damaged, are named") {
  const TempDir dir;
  const JobDirectory directory = JobDirectory::create(dir.path());
  CHECK_THROWS_AS(JobHistory(directory), UsageError);
  std::ofstream(dir.path() + "/job.db") << std::string(5000, 'x');
  CHECK_THROWS_AS(JobHistory(directory), UsageError);
}

}  // namespace
}  // namespace wm
