// `wm-supervisor report merge`: what closes the ledger of a job with shards, and what does not.

#include <filesystem>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/journal_rows.h"
#include "tests/support/merged_job.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("shards that have all finished without a failure close the ledger") {
  const MergedJob job;
  job.run_shards();
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(result.out.starts_with("All 12 pictures are marked.\n"));
  CHECK(has(result.out, "\nshards     3: 3 finished\n"));
  CHECK(has(result.out, "12 of the 12 that the shards saw"));
  CHECK(has(result.out, "The slowest shards"));
  CHECK_FALSE(has(result.out, "--array="));
  CHECK_FALSE(fs::exists(job.job_directory() + "/quarantine.txt"));

  job.run_shards();  // all are up to date
  CHECK(merge(job).out.starts_with("All 12 pictures are marked.\n"));
  const ProgramResult from_output = job.run_command({Job::supervisor(), "report", "merge", job.out()});
  CHECK(from_output.exit_code == 0);
}

TEST_CASE("pictures that were not looked for do not close a ledger cleanly") {
  const MergedJob job;
  job.run_shards();
  job.change_journal(3, "UPDATE run SET unreadable_directories = 2, exit_code = 1");
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 1);
  CHECK(result.out.starts_with("12 of 12 pictures found are marked, 2 directories could not be read.\n"));
}

TEST_CASE("a job without any picture is closed, and that is a failure") {
  const Job job;
  write_file(job.in("notes.txt"), "no picture");
  for (unsigned index = 1; index <= 2; ++index) CHECK(job.run(shard_option(index, 2)).exit_code == 1);
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 1);
  CHECK(result.out.starts_with("No picture was found.\n"));
  CHECK(has(result.out, "\nshards     2: 2 finished\n"));
}

TEST_CASE("names that a list has twice are inputs once, and the ledger closes") {
  const Job job;
  job.add_picture("a.jpg");
  job.add_picture("b.jpg", 1);
  const std::string list = job.directory() + "/list";
  write_file(list, job.in("a.jpg") + "\n" + job.in("b.jpg") + "\n" + job.in("a.jpg") + "\n");
  for (unsigned index = 1; index <= 2; ++index) {
    Words words = job.command(shard_option(index, 2, {"--files-from", list}));
    CHECK(job.run_command(words).exit_code == 0);
  }
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.starts_with("All 2 pictures are marked.\n"));
}

TEST_CASE("inputs that change between the runs of the shards do not close the ledger") {
  const MergedJob job;
  job.run_shards();
  SECTION("one was added: shards that did not see it run again") {
    job.add_picture("added.jpg", 99);
    CHECK(job.run(shard_option(1, 3)).exit_code == 0);
    job.change_journal(1, "UPDATE run SET started = '2099-01-01T00:00:00Z' WHERE id = 2");
    const ProgramResult result = merge(job);
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 75);
    CHECK(
        has(result.out, "\n      1  outdated     its last run saw 13 files in the whole job, most saw 12\n"));
    CHECK(has(result.out, "2 shards saw 12 files, 1 shard saw 13 files. All have to run again"));
    CHECK(has(result.out, "\n      --array=1-3\n"));
    job.run_shards();
    // A clock that was ahead keeps nothing from closing.
  }
  SECTION("one was renamed, and its shard is the same") {
    const std::string old = journal_rows(job.shard(1), "SELECT CAST(output AS TEXT) FROM file").at(0).at(0);
    fs::rename(job.in(old), job.in(fs::path(old).stem().string() + ".png"));
    CHECK(job.run(shard_option(2, 3)).exit_code == 0);
    const ProgramResult result = merge(job);
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 75);
    CHECK(has(result.out, "saw 12 files in the whole job, as most, but not the same ones"));
    fs::rename(job.in(fs::path(old).stem().string() + ".png"), job.in(old));
  }
  SECTION("one took the place of another, in another shard") {
    // Until the new name is in another shard than the old one.
    const std::string old = journal_rows(job.shard(1), "SELECT CAST(output AS TEXT) FROM file").at(0).at(0);
    fs::remove(job.in(old));
    unsigned number = 100;
    do {
      ++number;
      job.add_picture("other-" + std::to_string(number) + ".jpg", number);
      CHECK(job.run(shard_option(1, 3)).exit_code == 0);
      const bool is_elsewhere =
          journal_number(job.shard(1), "SELECT count(*) FROM file WHERE CAST(output AS TEXT) = 'other-" +
                                           std::to_string(number) + ".jpg'") == 0;
      if (is_elsewhere) break;
      fs::remove(job.in("other-" + std::to_string(number) + ".jpg"));
    } while (number < 200);
    const ProgramResult result = merge(job);
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 75);
    CHECK(has(result.out, "saw 12 files in the whole job, as most, but not the same ones"));
    CHECK(has(result.out, "\n      --array=1-3\n"));
  }
  job.run_shards();
  const ProgramResult closed = merge(job);
  CAPTURE(closed.out, closed.err);
  CHECK(closed.exit_code == 0);
}

TEST_CASE("inputs that are gone count no more") {
  const MergedJob job;
  job.run_shards();
  fs::remove(job.in("picture-3.jpg"));
  job.run_shards();
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.starts_with("All 11 pictures are marked.\n"));
  CHECK(has(result.out, "\ngone       1 input of earlier runs"));
}

TEST_CASE("shards that run again try their failed pictures again, which closes the ledger") {
  const MergedJob job;
  const auto broken = [](unsigned i) { return "broken-" + std::to_string(i) + ".jpg"; };
  for (unsigned i = 0; i < 3; ++i) write_file(job.in(broken(i)), "\xff\xd8\xff no picture");
  job.run_shards();
  const ProgramResult failed = merge(job);
  CAPTURE(failed.out, failed.err);
  CHECK(failed.exit_code == 1);
  CHECK(has(failed.out, "\n  Shards that run again try their failed pictures again."));
  for (unsigned i = 0; i < 3; ++i) job.add_picture(broken(i), i);
  job.run_shards();
  const ProgramResult closed = merge(job);
  CAPTURE(closed.out, closed.err);
  CHECK(closed.exit_code == 0);
  CHECK(closed.out.starts_with("All 15 pictures are marked.\n"));
}

}  // namespace
}  // namespace wm::test
