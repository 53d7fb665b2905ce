#include "supervisor/journal/schema_upgrade.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "supervisor/journal/job_history.h"
#include "supervisor/journal/job_journal.h"
#include "supervisor/journal/schema.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/journal_rows.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/supervisor/journal/support/admission.h"

namespace wm {
namespace {

using Kind = Admission::Kind;

/// The tables of version 5, as its program made them.
constexpr const char* schema_5 = R"sql(
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,             -- UTC
  ended TEXT,                        -- NULL: still running, or it died
  exit_code INTEGER,
  pid INTEGER NOT NULL,
  token INTEGER NOT NULL,            -- in the names of the run's temporary files
  boot_id TEXT NOT NULL,             -- of the kernel: two runs of one boot share a page cache
  command TEXT NOT NULL,
  recipe TEXT NOT NULL,              -- JSON
  inputs INTEGER, marked INTEGER, up_to_date INTEGER, failed INTEGER,
  quarantined INTEGER, pending INTEGER, ignored INTEGER,
  rebuild BLOB                       -- hash of the recipe of a run that derived what was done from the outputs
) STRICT;
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  input BLOB NOT NULL,               -- absolute path, bytes
  shown_from INTEGER NOT NULL,       -- the user gave the path from this byte on
  output BLOB NOT NULL,              -- below the output directory
  size INTEGER, mtime_ns INTEGER,    -- of the input when it was handed out
  recipe BLOB,                       -- hash of the recipe
  state TEXT NOT NULL,
  run INTEGER NOT NULL,              -- the last run that met the input
  done_run INTEGER,                  -- the run in which it got its state
  attempts INTEGER NOT NULL DEFAULT 0,
  interrupted INTEGER NOT NULL DEFAULT 0,  -- 0: never in hand when a run died; else 1 + such runs without progress
  started_ns INTEGER,                -- CLOCK_REALTIME of the first attempt in that run
  inode_before INTEGER,              -- of what was at the output's path then
  kind TEXT, message TEXT,           -- why it failed
  worker INTEGER,                    -- 1-based
  elapsed_us INTEGER,
  output_bytes INTEGER,
  jpeg_path TEXT,                    -- which way a JPEG took: splice, coefficients or pixels
  jpeg_reason TEXT,                  -- why not in place
  notes TEXT,                        -- what of the input the output does not have
  crash TEXT,                        -- ID of the crash that its last attempt ended with, if it did
  CHECK (state = 'started' OR state = 'marked' OR state = 'failed' OR state = 'quarantined' OR state = 'pending')
  -- An IN list would be a temporary table, made for each row that is written.
) STRICT;
CREATE INDEX file_started ON file (id) WHERE state = 'started';
PRAGMA application_id = 0x574D4A31;
PRAGMA user_version = 5;
)sql";

/// The tables of version 6, likewise.
constexpr const char* schema_6 = R"sql(
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,             -- UTC
  ended TEXT,                        -- NULL: still running, or it died
  exit_code INTEGER,
  pid INTEGER NOT NULL,
  token INTEGER NOT NULL,            -- in the names of the run's temporary files
  boot_id TEXT NOT NULL,             -- of the kernel: two runs of one boot share a page cache
  command TEXT NOT NULL,
  recipe TEXT NOT NULL,              -- JSON
  inputs INTEGER, marked INTEGER, unmarked INTEGER, up_to_date INTEGER, failed INTEGER,
  quarantined INTEGER, pending INTEGER, ignored INTEGER,
  rebuild BLOB                       -- hash of the recipe of a run that derived what was done from the outputs
) STRICT;
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  input BLOB NOT NULL,               -- absolute path, bytes
  shown_from INTEGER NOT NULL,       -- the user gave the path from this byte on
  output BLOB NOT NULL,              -- below the output directory
  size INTEGER, mtime_ns INTEGER,    -- of the input when it was handed out
  recipe BLOB,                       -- hash of the recipe
  state TEXT NOT NULL,
  run INTEGER NOT NULL,              -- the last run that met the input
  done_run INTEGER,                  -- the run in which it got its state
  attempts INTEGER NOT NULL DEFAULT 0,
  interrupted INTEGER NOT NULL DEFAULT 0,  -- 0: never in hand when a run died; else 1 + such runs without progress
  started_ns INTEGER,                -- CLOCK_REALTIME of the first attempt in that run
  kind TEXT, message TEXT,           -- why it failed
  worker INTEGER,                    -- 1-based
  elapsed_us INTEGER,
  output_bytes INTEGER,              -- of what the job published at the output's path, whenever that was:
  output_inode INTEGER,              -- these three tell it from files of others
  output_mtime_ns INTEGER,
  output_run INTEGER,                -- the run that published it
  jpeg_path TEXT,                    -- which way a JPEG took: splice, coefficients or pixels
  jpeg_reason TEXT,                  -- why not in place
  notes TEXT,                        -- marks that were left out, and what of the input the output does not have
  crash TEXT,                        -- ID of the crash that its last attempt ended with, if it did
  CHECK (state = 'started' OR state = 'marked' OR state = 'unmarked' OR state = 'failed' OR
         state = 'quarantined' OR state = 'pending')
  -- An IN list would be a temporary table, made for each row that is written.
) STRICT;
CREATE INDEX file_started ON file (id) WHERE state = 'started';
CREATE TABLE former_output (         -- published for inputs whose output has another path now
  output BLOB NOT NULL,              -- below the output directory
  bytes INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL
) STRICT;
PRAGMA application_id = 0x574D4A31;
PRAGMA user_version = 6;
)sql";

/// The tables of version 7, likewise.
constexpr const char* schema_7 = R"sql(
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,             -- UTC
  ended TEXT,                        -- NULL: still running, or it died
  exit_code INTEGER,
  reason TEXT,                       -- why it ended early
  pid INTEGER NOT NULL,
  token INTEGER NOT NULL,            -- in the names of the run's temporary files
  boot_id TEXT NOT NULL,             -- of the kernel: two runs of one boot share a page cache
  command TEXT NOT NULL,
  recipe TEXT NOT NULL,              -- JSON
  output_directory BLOB,             -- absolute path, bytes
  elapsed_ms INTEGER,                -- from here on: NULL until it has ended, or the next run has begun
  inputs INTEGER, marked INTEGER, unmarked INTEGER, up_to_date INTEGER, failed INTEGER,
  quarantined INTEGER, pending INTEGER, ignored INTEGER,
  workers INTEGER, restarts INTEGER, retries INTEGER, crashes INTEGER,
  input_bytes INTEGER, output_bytes INTEGER,  -- of published pictures
  unreadable_directories INTEGER, damaged INTEGER, links_not_followed INTEGER,
  rebuild BLOB                       -- hash of the recipe of a run that derived what was done from the outputs
) STRICT;
CREATE TABLE run_sample (            -- how far a run was at one time
  run INTEGER NOT NULL,
  elapsed_ms INTEGER NOT NULL,
  inputs INTEGER NOT NULL, marked INTEGER NOT NULL, unmarked INTEGER NOT NULL, up_to_date INTEGER NOT NULL,
  failed INTEGER NOT NULL, quarantined INTEGER NOT NULL, ignored INTEGER NOT NULL,
  workers INTEGER NOT NULL, restarts INTEGER NOT NULL, retries INTEGER NOT NULL, crashes INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL, output_bytes INTEGER NOT NULL,
  resident_bytes INTEGER NOT NULL,   -- of all workers
  PRIMARY KEY (run, elapsed_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_stage (             -- how long pictures were in a stage, as a histogram
  run INTEGER NOT NULL,
  stage TEXT NOT NULL,
  from_ns INTEGER NOT NULL,          -- the bucket has times from here up to 17/16 of it
  count INTEGER NOT NULL,
  total_ns INTEGER NOT NULL,
  PRIMARY KEY (run, stage, from_ns)
) STRICT, WITHOUT ROWID;
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  input BLOB NOT NULL,               -- absolute path, bytes
  shown_from INTEGER NOT NULL,       -- the user gave the path from this byte on
  output BLOB NOT NULL,              -- below the output directory
  size INTEGER, mtime_ns INTEGER,    -- of the input when it was handed out
  recipe BLOB,                       -- hash of the recipe
  state TEXT NOT NULL,
  run INTEGER NOT NULL,              -- the last run that met the input
  done_run INTEGER,                  -- the run in which it got its state
  attempts INTEGER NOT NULL DEFAULT 0,
  interrupted INTEGER NOT NULL DEFAULT 0,  -- 0: never in hand when a run died; else 1 + such runs without progress
  started_ns INTEGER,                -- CLOCK_REALTIME of the first attempt in that run
  kind TEXT, message TEXT,           -- why it failed
  worker INTEGER,                    -- 1-based
  elapsed_us INTEGER,
  output_bytes INTEGER,              -- of what the job published at the output's path, whenever that was:
  output_inode INTEGER,              -- these three tell it from files of others
  output_mtime_ns INTEGER,
  output_run INTEGER,                -- the run that published it
  jpeg_path TEXT,                    -- which way a JPEG took: splice, coefficients or pixels
  jpeg_reason TEXT,                  -- why not in place
  notes TEXT,                        -- marks that were left out, and what of the input the output does not have
  crash TEXT,                        -- ID of the crash that its last attempt ended with, if it did
  CHECK (state = 'started' OR state = 'marked' OR state = 'unmarked' OR state = 'failed' OR
         state = 'quarantined' OR state = 'pending')
  -- An IN list would be a temporary table, made for each row that is written.
) STRICT;
CREATE INDEX file_started ON file (id) WHERE state = 'started';
CREATE TABLE former_output (         -- published for inputs whose output has another path now
  output BLOB NOT NULL,              -- below the output directory
  bytes INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL
) STRICT;
PRAGMA application_id = 0x574D4A31;
PRAGMA user_version = 7;
)sql";

struct OldJob {
  TempDir dir;
  JobDirectory directory = JobDirectory::create(dir.path());
  std::string path = dir.path() + "/job.db";
  std::string outputs = dir.path() + "/out";

  OldJob() {
    std::filesystem::create_directory(outputs);
    sqlite::Database database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    database.run("PRAGMA journal_mode = WAL");
    database.run(schema_5);
    database.run(
        "INSERT INTO run VALUES (1, 'a', 'b', 0, 7, 8, 'boot', 'command', '{}', 4, 1, 0, 1, 1, 0, 5, NULL)");
  }
  RunInfo info(double opacity = 0.5) const {
    RunInfo info{.token = RunToken{9}, .command = "test", .output_directory = outputs};
    info.recipe.marks.push_back({.source = Text{.text = "x"}, .opacity = opacity});
    return info;
  }
  void add(const std::string& name, const std::string& state, int output_bytes) const {
    sqlite::Database database(path, SQLITE_OPEN_READWRITE);
    sqlite::Statement insert(database,
                             "INSERT INTO file (input, shown_from, output, size, mtime_ns, recipe, state, "
                             "run, done_run, attempts, "
                             "started_ns, inode_before, kind, message, output_bytes) "
                             "VALUES (?1, 4, ?2, 10, 1000, ?3, ?4, 1, 1, 2, 5, 6, 'crash', 'boom', ?5)");
    const std::string input = "/in/" + name;
    const RecipeHash recipe = hash(info().recipe);
    insert.bind_blob(1, input).bind_blob(2, name).bind_blob(3, std::span<const std::byte>(recipe));
    insert.bind_text(4, state).bind(5, output_bytes).execute();
  }
  void publish(const std::string& name, const std::string& text) const {
    std::ofstream(outputs + "/" + name) << text;
  }
};

TEST_CASE("a journal of version 5 goes on as one of this version, with all that it knew") {
  const OldJob job;
  job.add("marked.jpg", "marked", 4);
  job.add("poison.jpg", "quarantined", 0);
  job.add("begun.jpg", "started", 0);
  job.publish("marked.jpg", "data");
  {
    JobJournal journal(job.directory);
    const Recovery recovery = journal.begin_run(job.info());
    CHECK(recovery.interrupted == 1);
    CHECK(admit(journal, input("marked.jpg")).kind == Kind::up_to_date);
    const Admission poison = admit(journal, input("poison.jpg"));
    CHECK(poison.kind == Kind::quarantined);
    CHECK(poison.failure->message == "boom");
    CHECK(admit(journal, input("begun.jpg")).kind == Kind::run);
  }
  CHECK(test::journal_number(job.dir.path(), "PRAGMA user_version") == journal_version);
  CHECK(test::journal_number(job.dir.path(), "SELECT marked + quarantined + ignored FROM run WHERE id = 1") ==
        7);
  CHECK(test::journal_rows(job.dir.path(), "SELECT name FROM sqlite_master WHERE name LIKE 'old%'").empty());
}

TEST_CASE("outputs that version 5 published are the job's as long as their size and time fit") {
  const OldJob job;
  job.add("own.jpg", "marked", 4);
  job.add("other.jpg", "marked", 4);
  job.publish("own.jpg", "data");
  job.publish("other.jpg", "somebody's");
  JobJournal journal(job.directory);
  static_cast<void>(journal.begin_run(job.info(0.7)));
  const Admission own = admit(journal, input("own.jpg"));
  CHECK(own.kind == Kind::run);
  CHECK(own.assignment.task.own_output == journal.outputs().look("own.jpg")->identity);
  const Admission other = admit(journal, input("other.jpg"));
  CHECK(other.kind == Kind::failed);
  CHECK(other.failure->kind == FailureKind::exists);
}

TEST_CASE("a rehearsal reads a journal of version 5 and leaves it as it is") {
  const OldJob job;
  job.add("marked.jpg", "marked", 4);
  job.publish("marked.jpg", "data");
  {
    JobJournal journal = JobJournal::open_read_only(job.directory);
    journal.rehearse(job.info());
    CHECK(journal.decide(input("marked.jpg")).kind == Kind::up_to_date);
    CHECK(journal.decide(input("new.jpg")).kind == Kind::run);
  }
  CHECK(test::journal_number(job.dir.path(), "PRAGMA user_version") == 5);
}

TEST_CASE("a journal that says it is of version 5 and is not is refused and left alone") {
  const OldJob job;
  {
    sqlite::Database database(job.path, SQLITE_OPEN_READWRITE);
    database.run("ALTER TABLE file DROP COLUMN notes");
  }
  CHECK_THROWS_AS(JobJournal(job.directory), UsageError);
  CHECK_THROWS_AS(JobJournal::open_read_only(job.directory), UsageError);
  CHECK(test::journal_number(job.dir.path(), "PRAGMA user_version") == 5);
  CHECK(test::journal_number(job.dir.path(), "SELECT count(*) FROM run") == 1);
}

/// A job of version 6 with a run that has ended, one that died, and an input of each.
struct Job6 {
  TempDir dir;
  JobDirectory directory = JobDirectory::create(dir.path());
  std::string path = dir.path() + "/job.db";

  Job6() {
    sqlite::Database database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    database.run("PRAGMA journal_mode = WAL");
    database.run(schema_6);
    database.run(
        "INSERT INTO run (started, ended, exit_code, pid, token, boot_id, command, recipe, inputs, marked, "
        "unmarked, up_to_date, failed, quarantined, pending, ignored) VALUES "
        "('2026-11-30T10:00:00Z', '2026-11-30T10:00:07Z', 1, 7, 8, 'boot', 'command', '{}', 9, 1, 2, 0, 1, "
        "5, 0, 4), "
        "('2026-11-30T11:00:00Z', NULL, NULL, 7, 9, 'boot', 'command', '{}', NULL, NULL, NULL, NULL, NULL, "
        "NULL, NULL, NULL);"
        "INSERT INTO file (input, shown_from, output, state, run, done_run, output_inode) VALUES "
        "(x'2F61', 1, x'61', 'marked', 1, 1, 77), (x'2F62', 1, x'62', 'failed', 2, 2, NULL);"
        "INSERT INTO former_output VALUES (x'63', 1, 2, 3)");
  }
  std::int64_t number(const std::string& query) const { return test::journal_number(dir.path(), query); }
};

TEST_CASE("a journal of version 6 goes on as one of this version, with all its rows") {
  const Job6 job;
  { const JobJournal journal(job.directory); }
  CHECK(job.number("PRAGMA user_version") == journal_version);
  CHECK(job.number("SELECT inputs + unmarked + quarantined FROM run WHERE id = 1") == 16);
  CHECK(job.number("SELECT count(*) FROM run WHERE id = 2 AND ended IS NULL AND elapsed_ms IS NULL") == 1);
  CHECK(job.number("SELECT output_inode FROM file WHERE id = 1") == 77);
  CHECK(job.number("SELECT count(*) FROM file") == 2);
  CHECK(job.number("SELECT mtime_ns FROM former_output") == 3);
  CHECK(test::journal_rows(job.dir.path(), "SELECT name FROM sqlite_master WHERE name LIKE 'old%'").empty());
  const JobJournal again(job.directory);  // its tables are as this version makes them
}

TEST_CASE("a journal of version 7 goes on as one of this version, with samples and histograms") {
  const TempDir dir;
  const JobDirectory directory = JobDirectory::create(dir.path());
  {
    sqlite::Database database(dir.path() + "/job.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    database.run("PRAGMA journal_mode = WAL");
    database.run(schema_7);
    database.run(
        "INSERT INTO run (started, ended, exit_code, reason, pid, token, boot_id, command, recipe, "
        "output_directory, elapsed_ms, inputs, marked, unmarked, up_to_date, failed, quarantined, pending, "
        "ignored, workers, restarts, retries, crashes, input_bytes, output_bytes, unreadable_directories, "
        "damaged, links_not_followed, rebuild) VALUES ('2026-11-30T10:00:00Z', '2026-11-30T10:00:07Z', 1, "
        "'why', 7, 8, 'boot', 'command', '{}', x'2F6F', 7000, 9, 1, 2, 0, 1, 5, 0, 4, 11, 12, 13, 14, 15, "
        "16, "
        "17, 18, 19, x'AA');"
        "INSERT INTO run_sample VALUES (1, 500, 9, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 10, 10, 99);"
        "INSERT INTO run_stage VALUES (1, 'decode', 1000, 3, 3100);"
        "INSERT INTO file (input, shown_from, output, state, run, done_run, output_inode) VALUES "
        "(x'2F61', 1, x'61', 'marked', 1, 1, 77)");
  }
  const auto check = [&] {
    JobHistory history(directory);
    const auto runs = history.runs(1, 10);
    REQUIRE(runs.size() == 1);
    const RunFigures& run = runs.front();
    CHECK(run.elapsed_s == 7);
    CHECK(run.reason == "why");
    CHECK(run.output_directory == "/o");
    CHECK(run.links_not_followed == 19);
    CHECK(run.output_bytes == 16);
    CHECK(run.samples.size() == 1);
    CHECK(run.stages[0].count() == 3);
    CHECK_FALSE(run.shard);
    CHECK(run.recipe_hash.empty());
  };
  check();
  CHECK(test::journal_number(dir.path(), "PRAGMA user_version") == 7);
  { const JobJournal journal(directory); }
  CHECK(test::journal_number(dir.path(), "PRAGMA user_version") == journal_version);
  CHECK(test::journal_number(dir.path(), "SELECT output_inode FROM file") == 77);
  CHECK(test::journal_rows(dir.path(), "SELECT hex(rebuild) FROM run").at(0).at(0) == "AA");
  CHECK(test::journal_rows(dir.path(), "SELECT name FROM sqlite_master WHERE name LIKE 'old%'").empty());
  check();
}

TEST_CASE("a history reads journals of earlier versions, and leaves them as they are") {
  const Job6 job;
  {
    JobHistory history(job.directory);
    const auto runs = history.runs(1, 10);
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].elapsed_s == 7);
    CHECK(runs[0].ledger.quarantined == 5);
    CHECK_FALSE(runs[1].ended);
    int inputs = 0;
    history.for_each_input(std::nullopt, [&](const InputHistory&) { ++inputs; });
    CHECK(inputs == 2);
    CHECK(history.is_unchanged());
  }
  CHECK(job.number("PRAGMA user_version") == 6);
  const OldJob old;
  old.add("marked.jpg", "marked", 4);
  JobHistory history(old.directory);
  history.for_each_input(1, [](const InputHistory& input) {
    CHECK(input.input == "/in/marked.jpg");
    CHECK(input.output_bytes == 4);
  });
  CHECK(history.runs(1, 1).at(0).ledger.marked == 1);
}

TEST_CASE("what users have added to a journal is there after an upgrade, too") {
  const OldJob old;
  const Job6 newer;
  for (const TempDir* const dir : {&old.dir, &newer.dir}) {
    const auto added = [&] {
      return test::journal_rows(dir->path(),
                                "SELECT sql FROM sqlite_schema WHERE name LIKE 'my%' ORDER BY name");
    };
    {
      sqlite::Database database(dir->path() + "/job.db", SQLITE_OPEN_READWRITE);
      database.run(
          "CREATE VIEW my_runs AS SELECT run.id, count(*) AS files FROM run LEFT JOIN file ON file.run = "
          "run.id "
          "GROUP BY 1;"
          "CREATE INDEX my_index ON run (started); CREATE INDEX my_files ON file (state);"
          "CREATE TABLE my_log (run INTEGER);"
          "CREATE TRIGGER my_trigger AFTER INSERT ON run BEGIN INSERT INTO my_log SELECT max(id) FROM run; "
          "END;"
          "CREATE TRIGGER my_other AFTER DELETE ON file BEGIN DELETE FROM my_log; END;");
    }
    const auto before = added();
    REQUIRE(before.size() == 6);
    const std::int64_t runs = test::journal_number(dir->path(), "SELECT count(*) FROM my_runs");
    const JobDirectory directory = JobDirectory::create(dir->path());
    CHECK(JobHistory(directory).runs(1, 10).size() == static_cast<std::size_t>(runs));
    { const JobJournal journal(directory); }
    CHECK(test::journal_number(dir->path(), "PRAGMA user_version") == journal_version);
    CHECK(added() == before);
    CHECK(test::journal_number(dir->path(), "SELECT count(*) FROM my_runs") == runs);
    CHECK(test::journal_number(dir->path(), "SELECT count(*) FROM my_log") == 0);
    JobJournal journal(directory);
    static_cast<void>(
        journal.begin_run({.token = RunToken{9}, .command = "x", .output_directory = dir->path()}));
  }
}

TEST_CASE("an index of a column that is no more does not keep a journal from its upgrade") {
  const OldJob job;
  sqlite::Database(job.path, SQLITE_OPEN_READWRITE).run("CREATE INDEX my_index ON file (inode_before)");
  { const JobJournal journal(job.directory); }
  CHECK(test::journal_number(job.dir.path(), "PRAGMA user_version") == journal_version);
}

TEST_CASE("a journal of version 6 whose table of inputs is another one is refused and left alone") {
  const Job6 job;
  {
    sqlite::Database database(job.path, SQLITE_OPEN_READWRITE);
    database.run("ALTER TABLE file ADD COLUMN more TEXT");
  }
  CHECK_THROWS_AS(JobJournal(job.directory), UsageError);
  CHECK_THROWS_AS(JobJournal::open_read_only(job.directory), UsageError);
  CHECK(job.number("PRAGMA user_version") == 6);
  CHECK(job.number("SELECT count(*) FROM run") == 2);
}

TEST_CASE("journals of versions that never were, or are to come, are refused") {
  for (const int version : {0, 4, journal_version + 1}) {
    const Job6 job;
    {
      sqlite::Database database(job.path, SQLITE_OPEN_READWRITE);
      database.run(("PRAGMA user_version = " + std::to_string(version)).c_str());
    }
    CHECK_THROWS_AS(JobJournal(job.directory), UsageError);
    CHECK(job.number("PRAGMA user_version") == version);
  }
}

}  // namespace
}  // namespace wm
