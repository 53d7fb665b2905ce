#include "supervisor/report/job_report.h"

#include <string>

#include <fmt/format.h>

#include "supervisor/journal/job_journal.h"
#include "supervisor/report/report_text.h"
#include "supervisor/report/report_words.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

struct JobReportFixture {
  TempDir dir;
  JobDirectory directory = JobDirectory::create(dir.path());

  JobReportFixture() { const JobJournal journal(directory); }
  void change(const std::string& statements) const {
    sqlite::Database database(dir.path() + "/job.db", SQLITE_OPEN_READWRITE);
    database.run(statements.c_str());
  }
  JobReport report(const ReportLimits& limits = {}, std::optional<std::int64_t> since = std::nullopt) const {
    JobHistory history(directory);
    return read_job_report(history, limits, since);
  }
};

std::string run_row(const std::string& ended, int exit_code, int inputs, int marked, int failed) {
  return fmt::format(
      "INSERT INTO run (started, ended, exit_code, pid, token, boot_id, command, recipe, output_directory, "
      "inputs, marked, failed, elapsed_ms) VALUES ('2026-11-30T10:00:00Z', {}, {}, 1, 2, 'boot', 'command', "
      "'{{}}', CAST('/out' AS BLOB), {}, {}, {}, 1000);",
      ended, exit_code, inputs, marked, failed);
}

/// `count` rows in that state, named after it.
std::string file_rows(const std::string& state, int count, int run = 1,
                      const std::string& message = "'why'") {
  return fmt::format(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) INSERT INTO file "
      "(input, "
      "output, shown_from, state, run, done_run, started_ns, output_run, size, output_bytes, elapsed_us, "
      "kind, "
      "message, jpeg_path) SELECT CAST('/in/{1}' || i AS BLOB), CAST('{1}' || i AS BLOB), 4, '{1}', {2}, "
      "CASE WHEN '{1}' NOT IN ('started', 'pending') THEN {2} END, 5, {2}, 100 + i, 50, i, "
      "CASE WHEN '{1}' IN ('failed', 'quarantined') THEN 'corrupt' END, {3}, 'splice' FROM n;",
      count, state, run, message);
}

const std::string ended = "'2026-11-30T10:00:01Z'";

TEST_CASE("a job is summed up, with examples of its pictures and problems") {
  const JobReportFixture f;
  f.change(run_row(ended, 1, 1005, 1000, 5) + file_rows("marked", 1000) + file_rows("failed", 5));
  const JobReport report = f.report({.problems = 3, .pictures = 4});
  CHECK(report.end == JobEnd::finished);
  CHECK(report.ledger.inputs == 1005);
  CHECK(report.ledger.marked == 1000);
  CHECK(report.input_bytes == 100 * 1000 + 1000 * 1001 / 2);
  CHECK(report.output_bytes == 50 * 1000);
  CHECK(report.jpeg_routes[1] == 1000);
  CHECK(report.picture_times.count() == 1000);
  CHECK(report.output_directory == "/out");
  CHECK(report.problems.size() == 3);
  CHECK(report.problems[0].input == "failed1");
  CHECK(report.problems_left_out == 2);
  CHECK(report.kinds[static_cast<std::size_t>(FailureKind::corrupt)] == 5);
  REQUIRE(report.problem_groups.size() == 1);
  CHECK(report.problem_groups[0].count == 5);
  REQUIRE(report.slowest.size() == 4);
  CHECK(report.slowest[0].input == "/in/marked1000");
  CHECK(report.slowest[0].output == "/out/marked1000");
  CHECK(report.slowest[3].elapsed_ns == 997'000);
  CHECK(report.largest[0].input_size == 1100);
  REQUIRE(report.sampled.size() == 4);
  for (std::size_t i = 1; i < 4; ++i) CHECK(report.sampled[i - 1].input_size < report.sampled[i].input_size);
  CHECK(report.sampled[3].input_size > 110);
  CHECK(f.report({.problems = 3, .pictures = 4}).sampled[1].input == report.sampled[1].input);
  CHECK(f.report({.pictures = 0}).slowest.empty());
}

TEST_CASE("groups of problems are those that are most frequent, and the others are counted") {
  const JobReportFixture f;
  f.change(run_row(ended, 1, 6000, 0, 6000) + file_rows("failed", 5000, 1, "'message ' || i") +
           file_rows("quarantined", 1000, 1, "'message ' || (i % 2)"));
  const JobReport report = f.report({.problem_groups = 7});
  REQUIRE(report.problem_groups.size() == 7);
  CHECK(report.problem_groups[0].count == 501);
  CHECK(report.problem_groups[0].message == "message 1");
  std::uint64_t sum = report.ungrouped_problems;
  for (const ProblemGroup& group : report.problem_groups) sum += group.count;
  CHECK(sum == 6000);
}

TEST_CASE("problems that differ only in the names of their files are one group") {
  const JobReportFixture f;
  f.change(
      run_row(ended, 1, 60, 0, 60) +
      file_rows("failed", 20, 1, "'the output failed' || i || ' exists, and so does failed' || i || '~'") +
      file_rows("quarantined", 40, 1, "'cannot read /in/quarantined' || i || ' (quarantined' || i || ')'"));
  const JobReport report = f.report();
  REQUIRE(report.problem_groups.size() == 2);
  CHECK(report.problem_groups[0].message == "cannot read ... (...)");
  CHECK(report.problem_groups[1].message == "the output ... exists, and so does ...~");
  CHECK(report.problem_groups[1].count == 20);
  CHECK(report.problems[0].failure.message == "the output failed1 exists, and so does failed1~");
}

TEST_CASE("what the last run found and did not reach is to be done, too") {
  const JobReportFixture f;
  f.change(run_row(ended, 0, 10, 10, 0) + run_row(ended, 130, 100, 20, 0) + file_rows("marked", 30) +
           file_rows("pending", 4, 2) + file_rows("started", 2, 1));
  const JobReport report = f.report();
  CHECK(report.end == JobEnd::stopped_early);
  // 30 + 2 rows are of run 1, and may be among those that run 2 did not reach.
  CHECK(report.unmet == 76 - 32);
  CHECK(report.more_may_be_unmet);
  CHECK(report.ledger.inputs == 30 + 6 + 44);
  CHECK(report.ledger.pending() == 6 + 44);
  CHECK(outcome_sentence(report).find("30 of at least 80 pictures are marked, at least 50 to do") !=
        std::string::npos);
  f.change("UPDATE file SET run = 2");
  CHECK(f.report().unmet == 80 - 6);
  CHECK_FALSE(f.report().more_may_be_unmet);
}

TEST_CASE(
    "inputs that have rows of an earlier run are not counted again when the last one did not reach them") {
  const JobReportFixture f;
  f.change(run_row(ended, 0, 6000, 6000, 0) + run_row(ended, 130, 1016, 0, 0) + file_rows("marked", 5880) +
           file_rows("pending", 120, 2));
  const JobReport report = f.report();
  CHECK(report.unmet == 0);
  CHECK(report.ledger.inputs == 6000);
  CHECK(report.ledger.pending() == 120);
  CHECK(outcome_sentence(report).find("5880 of at least 6000 pictures are marked, at least 120 to do") !=
        std::string::npos);
}

TEST_CASE("after a run that died every input that it had found is counted once") {
  const JobReportFixture f;
  // Its last sample knows outcomes that never came into the table of inputs.
  f.change(run_row(ended, 0, 30, 30, 0) + run_row("NULL", 0, 100, 60, 0) + file_rows("marked", 30) +
           "UPDATE file SET run = 2 WHERE id <= 10;" + file_rows("unmarked", 40, 2) +
           file_rows("started", 2, 2));
  const JobReport report = f.report();
  CHECK(report.end == JobEnd::died);
  CHECK(report.unmet == 100 - 52 - 20);
  CHECK(report.ledger.inputs == 100);
  CHECK(report.ledger.pending() == 30);
  CHECK(f.report({}, 2).unmet == 28);
  CHECK(job_report_text(report).find("died (counts as last sampled)\n") != std::string::npos);
  f.change("UPDATE run SET inputs = 3, marked = 3 WHERE id = 2");
  CHECK(f.report().unmet == 0);
}

TEST_CASE("what could not be read, or only in part, is never passed over") {
  const JobReportFixture f;
  const auto report = [&](int inputs, const std::string& changes) {
    f.change("DELETE FROM run; DELETE FROM file;" + run_row(ended, 1, inputs, inputs, 0) +
             (inputs > 0 ? file_rows("marked", inputs) : "") + "UPDATE run SET " + changes);
    return f.report();
  };
  const JobReport gaps = report(12, "unreadable_directories = 1, damaged = 2, links_not_followed = 3");
  CHECK(outcome_sentence(gaps) ==
        "12 of 12 pictures found are marked, 2 damaged (only the readable part is marked), 1 directory could "
        "not "
        "be read, 3 links not followed.");
  const std::string text = job_report_text(gaps);
  CHECK(text.find("exit code 1, 2 damaged, 1 directory could not be read, 3 links not followed\n") !=
        std::string::npos);
  CHECK(text.find("  Pictures in directories that could not be read are not counted.") != std::string::npos);
  CHECK(text.find("  --links decides") != std::string::npos);
  CHECK(text.find("  Of damaged pictures") != std::string::npos);
  CHECK(outcome_sentence(report(1, "unreadable_directories = 2")) ==
        "1 of 1 picture found is marked, 2 directories could not be read.");
  CHECK(outcome_sentence(report(0, "unreadable_directories = 1")) ==
        "No picture was found, 1 directory could not be read.");
  CHECK(outcome_sentence(report(2, "links_not_followed = 1")) ==
        "All 2 pictures are marked, 1 link not followed.");
  // Marked again by a later run, without damage.
  static_cast<void>(report(2, "damaged = 2"));
  f.change(run_row(ended, 0, 2, 2, 0) + "UPDATE file SET run = 2, done_run = 2 WHERE id = 1");
  CHECK(f.report().damaged == 1);
}

TEST_CASE("sums of huge sizes stay huge") {
  const JobReportFixture f;
  f.change(
      run_row(ended, 0, 3000, 3000, 0) + file_rows("marked", 3000) +
      "UPDATE file SET size = 9223372036854775807, output_bytes = 9007199254740992;"
      "INSERT INTO run SELECT -9223372036854775808, started, ended, exit_code, reason, pid, token, boot_id, "
      "command, recipe, output_directory, recipe_hash, shard, shards, job, elapsed_ms, inputs, marked, "
      "unmarked, "
      "up_to_date, failed, "
      "quarantined, pending, ignored, workers, restarts, retries, crashes, input_bytes, output_bytes, "
      "unreadable_directories, damaged, links_not_followed, other_shards, whole, own_digest, whole_digest, "
      "not_inputs, rebuild FROM run");
  CHECK(f.report().input_bytes == UINT64_MAX);
  CHECK(f.report().output_bytes == UINT64_MAX);
  f.change("DELETE FROM run WHERE id = 1");
  CHECK(f.report().end == JobEnd::never_run);
}

TEST_CASE("the outcome is one sentence") {
  const JobReportFixture f;
  const auto sentence = [&](const std::string& rows, std::optional<std::int64_t> since = std::nullopt) {
    f.change("DELETE FROM run; DELETE FROM file;" + rows);
    return outcome_sentence(f.report({}, since));
  };
  CHECK(sentence("") == "No run has begun.");
  CHECK(sentence(run_row(ended, 0, 0, 0, 0)) == "No picture was found.");
  CHECK(sentence(run_row(ended, 0, 1, 1, 0) + file_rows("marked", 1)) == "The only picture is marked.");
  CHECK(sentence(run_row(ended, 1, 1, 0, 1) + file_rows("failed", 1)) ==
        "0 of 1 picture is marked, 1 failed.");
  CHECK(sentence(run_row(ended, 0, 3, 3, 0) + file_rows("marked", 3)) == "All 3 pictures are marked.");
  CHECK(sentence(run_row(ended, 1, 6, 3, 3) + file_rows("marked", 3) + file_rows("failed", 1) +
                 file_rows("quarantined", 2)) == "3 of 6 pictures are marked, 1 failed, 2 quarantined.");
  CHECK(sentence(run_row("NULL", 0, 5, 1, 0) + file_rows("marked", 1)) ==
        "The last run died: 1 of 5 pictures is marked, 4 to do.");
  CHECK(sentence(run_row(ended, 3, 1, 1, 0) + file_rows("marked", 1)) ==
        "Stopped early (exit code 3): the only picture is marked.");
  CHECK(sentence(run_row(ended, 3, 1, 1, 0) + "UPDATE run SET reason = 'the disk is full';", 1) ==
        "Stopped early (the disk is full): since run 1, no picture was found.");
}

TEST_CASE("only the last runs are reported, and a run that does not exist is named") {
  const JobReportFixture f;
  std::string rows;
  for (int i = 0; i < 30; ++i) rows += run_row(ended, 0, 1, 1, 0);
  f.change(rows + file_rows("marked", 1, 30));
  const JobReport report = f.report({.runs = 7});
  CHECK(report.runs.size() == 7);
  CHECK(report.runs.front().id == 24);
  CHECK(report.runs_left_out == 23);
  CHECK(f.report({.runs = 7}, 28).runs_left_out == 0);
  CHECK(f.report({.runs = 2}, 28).runs_left_out == 1);
  CHECK_THROWS_AS(f.report({}, 31), UsageError);
  const std::string text = job_report_text(f.report());
  CHECK(text.find("\n   30  2026") != std::string::npos);
  CHECK(text.find("\n10 runs before\n") != std::string::npos);
}

TEST_CASE("what to do next fits what happened") {
  const JobReportFixture f;
  const auto commands = [&](const std::string& rows) {
    f.change("DELETE FROM run; DELETE FROM file;" + rows);
    std::string text;
    for (const NextStep& step : next_steps(f.report())) text += step.why + " " + step.command + "\n";
    return text;
  };
  CHECK(commands(run_row(ended, 0, 1, 1, 0) + file_rows("marked", 1)).empty());
  const std::string failed = commands(run_row(ended, 1, 1, 0, 1) + file_rows("failed", 1));
  CHECK(failed.find("--failed0") != std::string::npos);
  CHECK(failed.find("--damaged mark") != std::string::npos);
  CHECK(failed.find("--retry-quarantined") == std::string::npos);
  // The job has had it already: nothing can be read of the failed one.
  const std::string marks_damaged = commands(run_row(ended, 1, 2, 1, 1) + file_rows("marked", 1) +
                                             file_rows("failed", 1) + "UPDATE run SET damaged = 1");
  CHECK(marks_damaged.find("Of damaged pictures") != std::string::npos);
  CHECK(marks_damaged.find("--damaged mark") == std::string::npos);
  const std::string died = commands(run_row("NULL", 0, 2, 1, 0) + file_rows("quarantined", 1));
  CHECK(died.find("same command") != std::string::npos);
  CHECK(died.find("--retry-quarantined") != std::string::npos);
  CHECK(died.find("--failed0") == std::string::npos);
}

}  // namespace
}  // namespace wm
