// `wm-supervisor report merge`: what it writes, and which job it takes.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/documents.h"
#include "tests/support/files.h"
#include "tests/support/journal_rows.h"
#include "tests/support/merged_job.h"
#include "tests/support/shard_journals.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::set<std::string> lines_of(const std::string& file) {
  std::set<std::string> lines;
  std::string text = read_file(file);
  for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
    lines.insert(text.substr(0, end + 1));
  return lines;
}

const std::string broken_picture = "\xff\xd8\xff no picture";

TEST_CASE("failures of all shards are grouped, listed for another run, and give exit code 1") {
  const MergedJob job;
  for (unsigned i = 0; i < 6; ++i) write_file(job.in("broken-" + std::to_string(i) + ".jpg"), broken_picture);
  job.run_shards();
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 1);
  CHECK(result.out.starts_with("12 of 18 pictures are marked, 6 failed.\n"));
  CHECK(has(result.out, "\n        6  corrupt: "));  // one group of all shards

  const ProgramResult failed = merge(job, {"--failed0"});
  CHECK(failed.exit_code == 1);
  CHECK(std::count(failed.out.begin(), failed.out.end(), '\0') == 6);

  // The list is good for a run: what was broken is a picture now.
  for (unsigned i = 0; i < 6; ++i) job.add_picture("broken-" + std::to_string(i) + ".jpg", i);
  std::string again = Job::supervisor() + " report merge " + job.job_directory() + " --failed0 | ";
  for (const std::string& word :
       job.command({"--files-from0", "-", "--job-dir", job.job_directory() + "/again", "--base", job.in()}))
    again += "'" + word + "' ";
  const ProgramResult second = job.run_command({"/bin/sh", "-c", again});
  CAPTURE(second.out, second.err);
  CHECK(second.exit_code == 0);
  CHECK(files_below(job.out()).size() == 18);

  // The shards do not know of that run: what is there is none of theirs.
  CHECK(merge(job).exit_code == 1);
  job.run_shards();
  CHECK(merge(job).exit_code == 1);
  for (unsigned i = 0; i < 6; ++i) fs::remove(job.out("broken-" + std::to_string(i) + ".jpg"));
  job.run_shards();  // which is what closes the ledger
  CHECK(merge(job).exit_code == 0);

  const ProgramResult csv = merge(job, {"--csv", "-"});
  CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == 19);
}

TEST_CASE("quarantined inputs of all shards are in one list, which follows no link") {
  const Job job;
  for (unsigned i = 0; i < 6; ++i) job.add_picture("picture-" + std::to_string(i) + ".jpg", i);
  for (unsigned i = 0; i < 4; ++i)
    job.add_picture("abort-" + std::to_string(i) + ".jpg", i);  // in both shards
  const Words hazard{"--worker-program", hazard_worker()};
  std::vector<std::set<std::string>> of_shards;
  for (unsigned index = 1; index <= 2; ++index) {
    static_cast<void>(job.run(shard_option(index, 2, hazard)));
    of_shards.push_back(lines_of(shard_directory(job, index, 2) + "/quarantine.txt"));
    REQUIRE_FALSE(of_shards.back().empty());
  }
  std::set<std::string> lines = of_shards[0];
  lines.insert(of_shards[1].begin(), of_shards[1].end());
  REQUIRE(lines.size() == 4);
  const std::string list = job.job_directory() + "/quarantine.txt";
  write_file(job.directory() + "/victim", "untouched");
  fs::create_symlink(job.directory() + "/victim", list);
  const ProgramResult result = merge(job);
  CAPTURE(result.out, result.err);
  CHECK(result.exit_code == 1);
  CHECK(has(result.out, "4 quarantined"));
  CHECK(read_file(job.directory() + "/victim") == "untouched");
  CHECK(fs::is_regular_file(fs::symlink_status(list)));
  CHECK(lines_of(list) == lines);
  for (const auto& entry : fs::directory_iterator(job.job_directory()))
    CHECK(entry.path().extension() != ".tmp");

  // Those of a damaged shard are in none.
  change_journal(shard_directory(job, 1, 2), "UPDATE run SET not_inputs = 7");
  CHECK(merge(job).exit_code == 2);
  CHECK(lines_of(list) == of_shards[1]);

  // A job without shards in the same directory keeps its own list.
  write_file(job.job_directory() + "/job.db", "");
  write_file(list, "of another job\n");
  const ProgramResult beside = merge(job);
  CHECK(has(beside.err, "its quarantine.txt is left alone"));
  CHECK(read_file(list) == "of another job\n");
}

TEST_CASE("many shards are merged: counts, groups, the list, the slowest") {
  constexpr std::uint32_t shards = 200;
  constexpr std::uint32_t inputs = 20'000;
  const Job job;
  make_shard_journals(job.job_directory(),
                      {.shards = shards, .inputs = inputs, .failing_each = 100, .quarantined_each = 1000});
  const ProgramResult text = merge(job);
  CAPTURE(text.out, text.err);
  CHECK(text.exit_code == 1);
  CHECK(text.out.starts_with("19800 of 20000 pictures are marked, 180 failed, 20 quarantined.\n"));
  CHECK(has(text.out, "\nshards     200: 200 finished\n"));
  const std::string list = read_file(job.job_directory() + "/quarantine.txt");
  CHECK(std::count(list.begin(), list.end(), '\n') == 20);
  CHECK(std::count(list.begin(), list.end(), '\t') == 80);

  // Several at the same time do not spoil the list.
  std::vector<std::optional<RunningProgram>> merges(4);
  for (auto& running : merges) {
    running.emplace(Words{Job::supervisor(), "report", "merge", job.job_directory()}, job.options());
  }
  for (auto& running : merges) CHECK(running->wait().exit_code == 1);
  CHECK(read_file(job.job_directory() + "/quarantine.txt") == list);
  for (const auto& entry : fs::directory_iterator(job.job_directory()))
    CHECK(entry.path().extension() != ".tmp");

  const Json report = Json::parse(merge(job, {"--json", "-"}).out);
  CHECK(report.at("closing") == "closed");
  CHECK(report.at("inputs") == inputs);
  CHECK(report.at("held") == inputs);
  CHECK(report.at("shards").size() == shards);
  CHECK(report.at("slowest_shards").at(0) == 59);
  CHECK(report.at("kinds") == Json{{"corrupt", 180}, {"crash", 20}});
  CHECK(report.at("problem_groups").size() == 8);
  CHECK(report.at("problems").size() == 200);
  CHECK(report.at("stages").at("decode").at("count") == inputs);

  const std::string page = job.directory() + "/report.html";
  CHECK(merge(job, {"--html", page}).exit_code == 1);
  CHECK(fs::file_size(page) < 5'000'000);
}

TEST_CASE("the fields of a merged report are those of the document") {
  const MergedJob job;
  write_file(job.in("broken.jpg"), broken_picture);
  static_cast<void>(job.run(shard_option(1, 3)));
  static_cast<void>(job.run(shard_option(2, 3)));
  const std::string file = job.directory() + "/report.json";
  CHECK(merge(job, {"--json", file}).exit_code == 75);
  CHECK(merge(job, {"--json", file}).exit_code == 75);  // it replaces such a report
  const Json report = Json::parse(read_file(file));
  CAPTURE(report.dump(1));
  const auto check_fields = [](const Json& object, const std::string& heading) {
    std::set<std::string> wanted = names_in_table(section(document("docs/clusters.md"), heading));
    wanted.erase("job_directory_encoding");
    wanted.erase("output_directory_encoding");
    std::set<std::string> found;
    for (const auto& [key, value] : object.items()) found.insert(key);
    CHECK(found == wanted);
  };
  check_fields(report, "### The fields of a merged report");
  check_fields(report.at("shards").at(0), "### A shard of a merged report");
  const std::string states = section(document("docs/clusters.md"), "## One ledger for all shards");
  for (const auto& [state, number] : report.at("states").items())
    CHECK(has(states, "\n| `" + state + "` | "));
  CHECK(report.at("run_again") == "3");
  CHECK(report.at("rebuild") == "");
  CHECK(report.at("closing") == "unfinished");
  CHECK(report.at("states").at("finished") == 2);
  CHECK(report.at("states").at("missing") == 1);
  CHECK(report.at("whole") == 13);
  CHECK(report.at("shards").at(2).at("state") == "missing");
  CHECK(report.at("shards").at(2).at("saw").is_null());
  CHECK(report.at("shards").at(2).at("reason") == "no run of it has begun");
  CHECK(report.at("shards").at(0).at("state") == "finished");
  CHECK(report.at("shards").at(0).at("reason").is_null());
  CHECK(report.at("shards").at(0).at("saw").at("whole") == 13);
}

TEST_CASE("a job without shards, and none at all, are refused with what to do") {
  const Job job;
  job.add_picture("a.jpg");
  CHECK(job.run().exit_code == 0);
  const ProgramResult plain = merge(job);
  INFO(plain.err);
  CHECK(plain.exit_code == 2);
  CHECK(has(plain.err,
            "has no shards (no job.json of this program); use: wm-supervisor report " + job.job_directory()));
  const ProgramResult none = job.run_command({Job::supervisor(), "report", "merge", job.in()});
  CHECK(none.exit_code == 2);
  CHECK(has(none.err, "there is no job with shards in"));
  write_file(job.job_directory() + "/job.json", "{}");
  const ProgramResult damaged = merge(job);
  CHECK(damaged.exit_code == 2);
  CHECK(has(damaged.err, "job.json describes no job that this version knows"));
}

TEST_CASE(
    "the list of quarantined inputs goes when there are none, and so does what killed merges have left") {
  const MergedJob job(3);
  job.run_shards();
  const auto make = [&](const std::string& name, int hours) {
    const std::string path = job.job_directory() + "/" + name;
    write_file(path, "in/a.jpg\tcrash\n");
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(hours));
    return path;
  };
  const std::string list = make("quarantine.txt", 0);
  const std::string left = make("quarantine.txt.0123456789abcdef.tmp", 2);
  const std::string in_use = make("quarantine.txt.0123456789abcdee.tmp", 0);  // maybe
  const std::string own = make("quarantine.txt.mine.tmp", 2);
  CHECK(merge(job).exit_code == 0);
  CHECK_FALSE(fs::exists(list));
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(in_use));
  CHECK(fs::exists(own));
}

TEST_CASE("a user's own job.json is no job's, and nobody is told to remove it") {
  const MergedJob job(3);
  job.run_shards();
  const auto supervisor = [&](Words words) {
    words.insert(words.begin(), Job::supervisor());
    return job.run_command(words);
  };
  write_file(job.out("job.json"), "{\"mine\": 1}");
  CHECK(supervisor({"report", "merge", job.out()}).exit_code == 0);
  CHECK(has(supervisor({"report", job.out()}).err, "has shards; name one of them, such as "));

  const std::string plain = job.directory() + "/plain";
  fs::create_directory(plain);
  write_file(plain + "/job.json", "{\"mine\": 1}");
  const ProgramResult merged = supervisor({"report", "merge", plain});
  CHECK(merged.exit_code == 2);
  CHECK(has(merged.err, "neither it nor a .wm-supervisor in it has a job.json of this program"));
  CHECK(has(supervisor({"report", plain}).err, "there is no job in "));
  const ProgramResult refused = job.run(shard_option(1, 3, {"--job-dir", plain}));
  CHECK(refused.exit_code == 2);
  CHECK(has(refused.err,
            "or not this program's; move it away when no shard runs, or choose another --job-dir"));
  CHECK(read_file(plain + "/job.json") == "{\"mine\": 1}");

  fs::create_directories(plain + "/shard-0001-of-0002");  // then it is a job's
  CHECK(has(supervisor({"report", "merge", plain}).err, "describes no job that this version knows"));
}

}  // namespace
}  // namespace wm::test
