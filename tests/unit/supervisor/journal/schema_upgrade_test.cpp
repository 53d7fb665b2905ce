#include "supervisor/journal/schema_upgrade.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "supervisor/journal/job_journal.h"
#include "supervisor/journal/schema.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/journal_rows.h"
#include "tests/support/temp_dir.h"

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

InputFile input(const std::string& name) {
  return {.path = "/in/" + name, .shown_from = 4, .output = name, .size = 10, .mtime_ns = 1000};
}

Admission admit(JobJournal& journal, const InputFile& file) {
  journal.begin();
  const auto admission = journal.admit(file, SuspectsMay::run);
  journal.commit();
  REQUIRE(admission);
  return *admission;
}

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

}  // namespace
}  // namespace wm
