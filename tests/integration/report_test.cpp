// `wm-supervisor report`: after each kind of end, while a job runs, for names and journals of any kind, and
// what its outputs are good for.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "tests/support/catch.h"
#include "tests/support/crash_reports.h"
#include "tests/support/documents.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/processes.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Json = nlohmann::json;
using Row = std::map<std::string, std::string>;

const std::string broken_picture = "\xff\xd8\xff no picture";

ProgramResult report_on(const Job& job, const Words& options = {}) {
  Words words{Job::supervisor(), "report", job.job_directory()};
  words.insert(words.end(), options.begin(), options.end());
  return job.run_command(words);
}

Json report_json(const Job& job, const Words& options = {}) {
  Words words{"--json", "-"};
  words.insert(words.end(), options.begin(), options.end());
  const ProgramResult result = report_on(job, words);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  return Json::parse(result.out);
}

/// RFC 4180. Throws std::runtime_error for anything else.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::size_t at = 0;
  while (at < text.size()) {
    std::vector<std::string> row;
    for (bool ends = false; !ends;) {
      std::string cell;
      if (text.at(at) == '"') {
        for (++at; text.at(at) != '"' || text.at(at + 1) == '"'; ++at) {
          if (text[at] == '"') ++at;
          cell += text[at];
        }
        ++at;
      } else {
        for (; text.at(at) != ',' && text[at] != '\r'; ++at) {
          if (text[at] == '"' || text[at] == '\n') throw std::runtime_error("a cell that needs quotes");
          cell += text[at];
        }
      }
      row.push_back(cell);
      ends = text.at(at) == '\r';
      if (!ends && text[at] != ',') throw std::runtime_error("something after a quoted cell");
      if (ends && text.at(at + 1) != '\n') throw std::runtime_error("a row without CRLF");
      at += ends ? 2 : 1;
    }
    rows.push_back(row);
  }
  return rows;
}

/// By input.
std::map<std::string, Row> csv_rows(const std::string& text) {
  const auto rows = parse_csv(text);
  std::map<std::string, Row> by_input;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    Row row;
    REQUIRE(rows[i].size() == rows[0].size());
    for (std::size_t column = 0; column < rows[0].size(); ++column) row[rows[0][column]] = rows[i][column];
    CHECK(by_input.emplace(row.at("input"), row).second);
  }
  return by_input;
}

std::set<std::string> nul_separated(const std::string& text) {
  std::set<std::string> names;
  std::size_t from = 0;
  for (std::size_t at = 0; (at = text.find('\0', from)) != std::string::npos; from = at + 1)
    names.insert(text.substr(from, at - from));
  CHECK(from == text.size());
  return names;
}

std::set<std::string> keys_of(const Json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

/// Whether the object has the fields that docs/monitoring.md lists in its table under `heading`, and no
/// others.
void check_fields(const Json& object, const std::string& heading) {
  CAPTURE(heading);
  std::set<std::string> wanted = names_in_table(section(document("docs/monitoring.md"), heading));
  for (const char* const encoding :
       {"input_encoding", "output_encoding", "job_directory_encoding", "output_directory_encoding"})
    wanted.erase(encoding);  // only beside a path that is not UTF-8
  CHECK(keys_of(object) == wanted);
}

/// Executes statements on the journal of a job that does not run.
void change_journal(const Job& job, const std::string& statements) {
  sqlite3* opened = nullptr;
  REQUIRE(::sqlite3_open((job.job_directory() + "/job.db").c_str(), &opened) == SQLITE_OK);
  const std::unique_ptr<sqlite3, decltype(&::sqlite3_close)> database(opened, &::sqlite3_close);
  char* error = nullptr;
  const int code = ::sqlite3_exec(opened, statements.c_str(), nullptr, nullptr, &error);
  INFO((error == nullptr ? "" : error));
  REQUIRE(code == SQLITE_OK);
}

/// Of a journal that a run writes: a copy of it need not be one yet. 0 if there is none.
std::int64_t number_so_far(const Job& job, const std::string& query) {
  try {
    return journal_number(job.job_directory(), query);
  } catch (const std::exception&) {
    return 0;
  }
}

TEST_CASE("the command that a run with many failures names lists every one of them") {
  const Job job;
  for (int i = 0; i < 12; ++i) write_file(job.in("broken-" + std::to_string(i) + ".jpg"), broken_picture);
  const ProgramResult run = job.run();
  CHECK(run.exit_code == 1);
  const std::string before = "; all of them: wm-supervisor ";
  const std::size_t at = run.out.find(before);
  CAPTURE(run.out);
  REQUIRE(at != std::string::npos);
  const std::string rest = run.out.substr(at + before.size());
  const ProgramResult listed =
      job.run_command({"/bin/sh", "-c", Job::supervisor() + " " + rest.substr(0, rest.find('\n'))});
  CHECK(listed.exit_code == 0);
  CHECK(std::count(listed.out.begin(), listed.out.end(), '\n') == 12);
}

TEST_CASE("a finished job: its outcome, its run, its problems, and the documented fields") {
  const Job job;
  job.add_pictures(5);
  write_file(job.in("broken.jpg"), broken_picture);
  write_file(job.in("empty.jpg"), "");
  CHECK(job.run({"--workers", "2"}).exit_code == 1);

  const ProgramResult shown = report_on(job);
  CAPTURE(shown.out, shown.err);
  CHECK(shown.exit_code == 0);
  CHECK(shown.out.starts_with("5 of 7 pictures are marked, 2 failed.\n"));
  CHECK(shown.out.find("\n    1  20") != std::string::npos);
  CHECK(shown.out.find("exit code 1\n") != std::string::npos);
  CHECK(shown.out.find("broken.jpg: corrupt: ") != std::string::npos);
  CHECK(shown.out.find("\ndecode ") != std::string::npos);
  CHECK(shown.out.find("--failed0") != std::string::npos);
  CHECK(shown.out.find('\x1b') == std::string::npos);

  const Json report = report_json(job);
  CAPTURE(report.dump(1));
  check_fields(report, "### The fields of a report");
  REQUIRE(report["runs"].size() == 1);
  const Json& run = report["runs"][0];
  check_fields(run, "### A run");
  check_fields(run["samples"][0], "### A sample");
  REQUIRE(report["problem_groups"].size() == 2);
  check_fields(report["problem_groups"][0], "### A group of problems");
  check_fields(report["slowest"][0], "### A picture");
  check_fields(report["picture_times"], "### Times");
  check_fields(report["stages"]["decode"], "### Times");
  check_fields(report["input_sizes"], "### Sizes");
  CHECK(report["end"] == "finished");
  CHECK(report["job_directory"] == job.job_directory());
  CHECK(report["output_directory"] == job.out());
  CHECK(report["problems"].size() == 2);
  CHECK(report["kinds"] == Json{{"corrupt", 2}});
  for (const char* const count : {"inputs", "marked", "failed", "pending", "input_bytes", "output_bytes"}) {
    CAPTURE(count);
    CHECK(report[count] == job.report()[count]);
    CHECK(run[count] == job.report()[count]);
  }
  for (const char* const count : {"workers", "restarts", "retries", "crashes", "ignored", "damaged"})
    CHECK(run[count] == job.report()[count]);
  for (const char* const stage : {"decode", "compose", "encode", "publish"})
    CHECK(run["stages"][stage] == job.report()["stages"][stage]);
  CHECK(run["exit_code"] == 1);
  CHECK(run["reason"].is_null());
  CHECK(run["elapsed_s"] > 0);
  CHECK(run["samples"].back()["marked"] == 5);
  CHECK(report["picture_times"]["count"] == 5);
  CHECK(report["slowest"].size() == 5);
}

TEST_CASE("a table has a row for each input, and its columns are documented") {
  const Job job;
  job.add_picture("a.jpg");
  write_file(job.in("broken.jpg"), broken_picture);
  CHECK(job.run().exit_code == 1);
  const ProgramResult result = report_on(job, {"--csv", "-"});
  CHECK(result.exit_code == 0);
  const auto rows = csv_rows(result.out);
  CHECK(rows.size() == 2);
  const Row& marked = rows.at(job.in("a.jpg"));
  std::set<std::string> columns;
  for (const auto& [column, value] : marked) columns.insert(column);
  CHECK(columns == names_in_table(section(document("docs/monitoring.md"), "### The table")));
  CHECK(marked.at("output") == job.out("a.jpg"));
  CHECK(marked.at("state") == "marked");
  CHECK(marked.at("kind").empty());
  CHECK(marked.at("encoding").empty());
  CHECK(marked.at("input_bytes") == std::to_string(fs::file_size(job.in("a.jpg"))));
  CHECK(marked.at("output_bytes") == std::to_string(fs::file_size(job.out("a.jpg"))));
  CHECK(marked.at("run") == "1");
  CHECK(marked.at("worker").starts_with("worker-0"));
  CHECK(std::stod(marked.at("seconds")) > 0);
  const Row& failed = rows.at(job.in("broken.jpg"));
  CHECK(failed.at("state") == "failed");
  CHECK(failed.at("kind") == "corrupt");
  CHECK(failed.at("attempts") == "1");
  CHECK(failed.at("output_bytes").empty());
  CHECK(failed.at("message") == report_json(job)["problems"][0]["message"]);
}

TEST_CASE("a job that was stopped, and one whose supervisor was killed, keep their figures") {
  const Job job;
  job.add_pictures(3);
  job.add_gated(2);
  const Words options = with_hazard_worker({"--workers", "2", "--retries", "0", "--grace", "0s"});
  RunningProgram running = job.start(options);
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }, patience));
  SECTION("stopped") {
    ::kill(running.pid(), SIGTERM);
    CHECK(running.wait().exit_code == 143);
    const ProgramResult shown = report_on(job);
    CHECK(shown.exit_code == 0);
    CHECK(
        shown.out.starts_with("Stopped early (stopped by SIGTERM): 3 of 5 pictures are marked, 2 to do.\n"));
    CHECK(shown.out.find("exit code 143: stopped by SIGTERM\n") != std::string::npos);
    const Json report = report_json(job);
    CHECK(report["end"] == "stopped early");
    CHECK(report["pending"] == 2);
    CHECK(report["runs"][0]["reason"] == "stopped by SIGTERM");
  }
  SECTION("killed") {
    const std::string marked = "SELECT max(marked) FROM run_sample";
    REQUIRE(wait_until([&] { return number_so_far(job, marked) == 3; }, patience));
    ::kill(running.pid(), SIGKILL);
    static_cast<void>(running.wait());
    REQUIRE(wait_until([&] { return job.workers("").empty(); }, patience));
    const std::string before = read_file(job.job_directory() + "/job.db-wal");
    const ProgramResult shown = report_on(job);
    CAPTURE(shown.out, shown.err);
    CHECK(shown.exit_code == 0);
    CHECK(shown.out.starts_with("The last run died: "));
    Json report = report_json(job);
    CHECK(report["end"] == "died");
    CHECK(report["inputs"] == 5);
    const auto check_figures = [](const Json& run) {
      CAPTURE(run.dump(1));
      CHECK(run["ended"].is_null());
      CHECK(run["exit_code"].is_null());
      CHECK(run["marked"] == 3);
      CHECK(run["pending"] == 2);
      CHECK(run["workers"] == 2);
      CHECK(run["elapsed_s"] > 0);
      CHECK(run["output_bytes"] > 0);
      CHECK(run["samples"].back()["resident_bytes"] > 1'000'000);
    };
    check_figures(report["runs"][0]);
    // Reading has changed nothing.
    CHECK(read_file(job.job_directory() + "/job.db-wal") == before);
    CHECK_FALSE(fs::exists(job.job_directory() + "/job.db-shm"));

    job.open_gate();
    CHECK(job.run(options).exit_code == 0);
    report = report_json(job);
    CHECK(report["end"] == "finished");
    CHECK(report["outcome"] == "All 5 pictures are marked.");
    REQUIRE(report["runs"].size() == 2);
    check_figures(report["runs"][0]);
    CHECK(report["runs"][1]["inputs"] == 5);
  }
}

TEST_CASE("the times of the stages survive the supervisor, too") {
  const Job job;
  job.add_pictures(3);
  job.add_gated(1);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "1", "--retries", "0"}));
  const std::string encoded = "SELECT sum(count) FROM run_stage WHERE stage = 'encode'";
  REQUIRE(wait_until([&] { return number_so_far(job, encoded) == 3; }, patience));
  ::kill(running.pid(), SIGKILL);
  static_cast<void>(running.wait());
  const Json report = report_json(job);
  CHECK(report["runs"][0]["stages"]["encode"]["count"] == 3);
  CHECK(report["stages"]["encode"]["total_s"] > 0);
}

TEST_CASE("while a run holds the job, its status is shown and no file is touched") {
  const Job job;
  job.add_pictures(2);
  job.add_gated(1);
  RunningProgram running = job.start(with_hazard_worker({"--workers", "1", "--retries", "0"}));
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }, patience));
  const auto shows_status = [&] { return report_on(job).out.starts_with("running (pid "); };
  REQUIRE(wait_until(shows_status, patience));
  const ProgramResult shown = report_on(job);
  CHECK(shown.exit_code == 75);
  CHECK(shown.err.find("a run holds the job in ") != std::string::npos);
  const std::string file = job.directory() + "/inputs.csv";
  const ProgramResult table = report_on(job, {"--csv", file});
  CHECK(table.exit_code == 75);
  CHECK(table.out.empty());
  CHECK_FALSE(fs::exists(file));
  const ProgramResult list = report_on(job, {"--failed0"});
  CHECK(list.exit_code == 75);
  CHECK(list.out.empty());
  job.open_gate();
  CHECK(running.wait().exit_code == 0);
  CHECK(report_on(job).exit_code == 0);
}

TEST_CASE("names of any bytes come out as they are, and no cell is a formula") {
  const Job job;
  const std::vector<std::string> names{
      "=cmd|' C calc'!A0.jpg",    "a,b\"c.jpg", "new\nline.jpg",  "\xff\xfe.jpg", "-1+1.jpg",
      "\xC3\xA4\xE2\x82\xAC.jpg", "tab\t.jpg",  "\x1b[31mred.jpg"};
  std::set<std::string> paths;
  for (const std::string& name : names) {
    write_file(job.in(name), broken_picture);
    paths.insert(job.in(name));
  }
  job.add_picture("good, \"really\".jpg");
  CHECK(job.run().exit_code == 1);
  CHECK(nul_separated(report_on(job, {"--failed0"}).out) == paths);

  const ProgramResult table = report_on(job, {"--csv", "-"});
  const auto rows = csv_rows(table.out);
  CHECK(rows.size() == names.size() + 1);
  for (const std::string& name : names) {
    CAPTURE(name);
    if (name.starts_with('\xff')) continue;
    REQUIRE(rows.contains(job.in(name)));
    CHECK(rows.at(job.in(name)).at("encoding").empty());
  }
  CHECK(rows.at(job.in("good, \"really\".jpg")).at("output") == job.out("good, \"really\".jpg"));
  const Row& encoded = rows.at(job.in() + "/%FF%FE.jpg");
  CHECK(encoded.at("encoding") == "percent");

  const Json report = report_json(job);
  CHECK(report["problems"].size() == names.size());
  const ProgramResult shown = report_on(job);
  CHECK(shown.exit_code == 0);
  CHECK(shown.out.find('\x1b') == std::string::npos);
  CHECK(shown.out.find("new\\nline.jpg") != std::string::npos);
}

/// report --failed0 | wm-supervisor --files-from0 -
ProgramResult run_over_failed(const Job& job) {
  Words words{"/bin/sh", "-c", R"(job=$1; shift; "$0" report "$job" --failed0 | "$0" "$@")",
              Job::supervisor(), job.job_directory()};
  const Words run = job.command({"--files-from0", "-"});
  words.insert(words.end(), run.begin() + 1, run.end());
  return job.run_command(words);
}

TEST_CASE("the failed inputs can be piped into a run of the same job") {
  const Job job;
  job.add_pictures(2);
  const std::vector<std::string> names{"bad 1.jpg", "bad\n2.jpg", "\xff.jpg"};
  for (const std::string& name : names) write_file(job.in(name), broken_picture);
  CHECK(job.run().exit_code == 1);
  for (int i = 0; i < 5; ++i) {
    const ProgramResult again = run_over_failed(job);
    CAPTURE(i, again.err);
    CHECK(again.exit_code == 1);
    CHECK(job.report()["inputs"] == 3);
    CHECK(job.report()["failed"] == 3);
  }
  for (const std::string& name : names) job.add_picture(name);
  const ProgramResult repaired = run_over_failed(job);
  CAPTURE(repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(job.report()["marked"] == 3);
  CHECK(report_on(job, {"--failed0"}).out.empty());
  CHECK(report_json(job)["outcome"] == "All 5 pictures are marked.");
}

TEST_CASE("quarantined inputs are among the failed ones, with their crash") {
  const Job job;
  job.add_picture("abort.jpg");
  job.add_picture("good.jpg");
  CHECK(job.run(with_hazard_worker({"--workers", "1", "--retries", "0"})).exit_code == 1);
  const Json report = report_json(job);
  CAPTURE(report.dump(1));
  CHECK(report["quarantined"] == 1);
  REQUIRE(report["problems"].size() == 1);
  const std::string crash = report["problems"][0]["crash"];
  CHECK(fs::exists(crashes_of(job) + "/" + crash));
  CHECK(csv_rows(report_on(job, {"--csv", "-"}).out).at(job.in("abort.jpg")).at("crash") == crash);
  CHECK(nul_separated(report_on(job, {"--failed0"}).out) == std::set{job.in("abort.jpg")});
  const ProgramResult shown = report_on(job);
  CHECK(shown.out.find("wm-supervisor crashes ") != std::string::npos);
  CHECK(shown.out.find(crash) != std::string::npos);
}

TEST_CASE("--since leaves out runs before, and inputs that got their state in them") {
  const Job job;
  job.add_picture("first.jpg");
  write_file(job.in("bad.jpg"), broken_picture);
  CHECK(job.run().exit_code == 1);
  job.add_picture("second.jpg");
  fs::remove(job.in("bad.jpg"));
  write_file(job.in("worse.jpg"), broken_picture);
  CHECK(job.run().exit_code == 1);

  CHECK(csv_rows(report_on(job, {"--csv", "-", "--since", "1"}).out).size() == 4);
  const auto rows = csv_rows(report_on(job, {"--csv", "-", "--since", "2"}).out);
  CHECK(rows.size() == 2);
  CHECK(rows.contains(job.in("second.jpg")));
  CHECK(nul_separated(report_on(job, {"--failed0", "--since", "2"}).out) == std::set{job.in("worse.jpg")});
  const Json report = report_json(job, {"--since", "2"});
  CHECK(report["since"] == 2);
  CHECK(report["inputs"] == 2);
  REQUIRE(report["runs"].size() == 1);
  CHECK(report["runs"][0]["id"] == 2);
  CHECK(report["runs_left_out"] == 0);
  CHECK(report["runs"][0]["inputs"] == 3);  // first.jpg was up to date
  CHECK(report_on(job, {"--since", "2"})
            .out.starts_with("Since run 2, 1 of 2 pictures is marked, 1 failed.\n"));
  for (const char* const run : {"3", "0", "-1", "x", ""}) {
    const ProgramResult refused = report_on(job, {"--since", run});
    CAPTURE(run, refused.err);
    CHECK(refused.exit_code == 2);
  }
}

TEST_CASE("the page names the problems, links to crash reports and is not for everybody") {
  const Job job;
  job.add_picture("abort.jpg");
  job.add_picture("good.jpg");
  CHECK(job.run(with_hazard_worker({"--workers", "1", "--retries", "0"})).exit_code == 1);
  const std::string page = job.directory() + "/page.html";
  const ProgramResult result = report_on(job, {"--html", page});
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  const std::string text = read_file(page);
  CHECK(text.find("1 of 2 pictures is marked, 1 quarantined.") != std::string::npos);
  CHECK(text.find("abort.jpg") != std::string::npos);
  const std::string crash = report_json(job)["problems"][0]["crash"];
  const std::string link = "./out/.wm-supervisor/crashes/" + crash + "/report.txt";
  CHECK(text.find(link) != std::string::npos);
  CHECK(fs::exists(job.directory() + "/" + link));
  CHECK(text.find("data:image/jpeg;base64,") != std::string::npos);
  struct ::stat status {};
  REQUIRE(::stat(page.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);                                 // it shows pictures
  CHECK(report_on(job, {"--html", page, "--since", "1"}).exit_code == 0);  // replaces it
  CHECK(report_on(job, {"--html", "-"}).out.starts_with("<!"));
}

TEST_CASE("files appear whole, and replace nothing but reports") {
  const Job job;
  job.add_pictures(2);
  CHECK(job.run().exit_code == 0);
  const TempDir directory;
  const std::string file = directory.path() + "/report";
  const auto write = [&](const std::string& option) { return report_on(job, {option, file}); };
  for (const std::string option : {"--csv", "--json", "--html"}) {
    CAPTURE(option);
    fs::remove(file);
    CHECK(write(option).exit_code == 0);
    CHECK(write(option).exit_code == 0);  // replaces the one before
    CHECK(read_file(file).size() > 100);
    write_file(file, "");
    CHECK(write(option).exit_code == 0);
    const std::string other = option == "--csv" ? "--json" : "--csv";
    CHECK(write(other).exit_code == 2);
    write_file(file, "somebody's");
    const ProgramResult refused = write(option);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("exists and is no such report") != std::string::npos);
    CHECK(read_file(file) == "somebody's");
    fs::remove(file);
    fs::create_symlink(directory.path() + "/elsewhere", file);
    CHECK(write(option).exit_code == 2);
    CHECK_FALSE(fs::exists(directory.path() + "/elsewhere"));
    fs::remove(file);
    fs::create_directory(file);
    CHECK(write(option).exit_code == 2);
    fs::remove(file);
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    CHECK(write(option).exit_code == 2);
    CHECK(fs::is_fifo(file));
  }
  fs::remove(file);
  CHECK(report_on(job, {"--csv", job.in("p.csv"), "--json", "-"}).exit_code == 0);
  CHECK(report_on(job, {"--csv", "-", "--json", "-"}).exit_code == 2);
  CHECK(report_on(job, {"--failed0", "--json", "-"}).exit_code == 2);
  CHECK(report_on(job, {"--csv", directory.path() + "/none/x"}).exit_code == 2);
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("a list that cannot be kept is not printed, and the exit code says so") {
  const Job job;
  for (int i = 0; i < 3; ++i) write_file(job.in(std::to_string(i) + ".jpg"), broken_picture);
  CHECK(job.run().exit_code == 1);
  for (const Words& option : {Words{"--failed0"}, Words{"--csv", "-"}, Words{"--json", "-"}}) {
    CAPTURE(option.front());
    // Pipes have no limit.
    Words words{"/bin/sh",         "-c",     R"((ulimit -f 0; "$0" "$@"; echo "exit code $?") 2>&1 | cat)",
                Job::supervisor(), "report", job.job_directory()};
    words.insert(words.end(), option.begin(), option.end());
    const ProgramResult result = job.run_command(words);
    CAPTURE(result.out);
    CHECK(result.out.starts_with("wm-supervisor: cannot write a temporary file"));
    CHECK(result.out.find(".jpg") == std::string::npos);
    CHECK(result.out.ends_with("\nexit code 1\n"));
  }
}

TEST_CASE("of several outputs all are made, or none") {
  const Job job;
  job.add_pictures(2);
  CHECK(job.run().exit_code == 0);
  const TempDir directory;
  const std::string file = directory.path() + "/report";
  fs::create_directory(directory.path() + "/d");
  for (const std::string& other : {file, directory.path() + "/d/../report", directory.path() + "/./report"}) {
    const ProgramResult refused = report_on(job, {"--json", file, "--csv", other});
    CAPTURE(other, refused.err);
    CHECK(refused.exit_code == 2);
    CHECK_FALSE(fs::exists(file));
  }
  Words words{"/bin/sh",         "-c",     R"(ulimit -f 0; exec "$0" "$@")",
              Job::supervisor(), "report", job.job_directory(),
              "--json",          file,     "--csv",
              file + ".csv"};
  CHECK(job.run_command(words).exit_code == 1);
  CHECK_FALSE(fs::exists(file));
  CHECK_FALSE(fs::exists(file + ".csv"));
  CHECK(report_on(job, {"--json", file, "--csv", file + ".csv", "--failed0"}).exit_code == 0);
  CHECK(fs::exists(file));
  CHECK(fs::exists(file + ".csv"));
}

TEST_CASE("a directory that cannot be read is in the sentence, and never is all marked") {
  const Job job;
  job.add_pictures(2);
  if (::geteuid() == 0) skip("root can read every directory");
  const std::string closed = job.in("closed");
  fs::create_directory(closed);
  fs::permissions(closed, fs::perms::none);
  CHECK(job.run({"--recursive"}).exit_code == 1);
  fs::permissions(closed, fs::perms::owner_all);
  CHECK(report_on(job).out.starts_with("2 of 2 pictures found are marked, 1 directory could not be read.\n"));
}

TEST_CASE("a journal whose rows say anything is reported, or refused, and never believed") {
  const Job job;
  job.add_pictures(4);
  write_file(job.in("broken.jpg"), broken_picture);
  CHECK(job.run().exit_code == 1);
  change_journal(job, R"(
      UPDATE run SET started = x'1B5B33316D'||'now', reason = 'a'||char(27)||char(10)||'b', command = CAST(x'FFFE' AS TEXT),
        inputs = -5, marked = 9223372036854775807, failed = 9223372036854775807, elapsed_ms = -1,
        workers = 9223372036854775807, output_directory = x'FF00', recipe = '}';
      UPDATE file SET message = char(27)||'[31m'||x'FF'||char(10)||'=1+1', crash = '../../etc/passwd',
        jpeg_reason = '=HYPERLINK()', notes = '@SUM', kind = 'nonsense', attempts = -7, worker = -3
        WHERE state = 'failed';
      UPDATE file SET size = -1, output_bytes = -1, elapsed_us = -9223372036854775808, shown_from = 1000000,
        run = -4, done_run = 99, started_ns = 9223372036854775807, jpeg_path = 'nonsense' WHERE id = 1;
      UPDATE file SET size = 9223372036854775807, output_bytes = 9223372036854775807,
        elapsed_us = 9223372036854775807, shown_from = -1, input = x'', output = x'00' WHERE id = 2;
      UPDATE run_sample SET inputs = -1, resident_bytes = -1, marked = 9223372036854775807;
      INSERT INTO run_stage VALUES (1, 'nonsense', 5, 5, 5), (1, 'decode', -5, -5, -5),
        (1, 'decode', 9223372036854775807, 9223372036854775807, 9223372036854775807);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
        INSERT INTO run_sample SELECT 1, -i, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 FROM n;)");
  const ProgramResult shown = report_on(job);
  CAPTURE(shown.out, shown.err);
  CHECK(shown.exit_code == 0);
  CHECK(shown.out.find('\x1b') == std::string::npos);
  CHECK(shown.out.find("passwd") == std::string::npos);
  const Json report = report_json(job);
  CHECK(report["inputs"] == 5);
  CHECK(report["problems"][0]["crash"].is_null());
  CHECK(report["runs"][0]["samples"].size() <= 2000);
  const auto rows = parse_csv(report_on(job, {"--csv", "-"}).out);
  CHECK(rows.size() == 6);
  for (const auto& row : rows) {
    for (const std::string& cell : row) {
      CAPTURE(cell);
      const bool is_number = cell.find_first_not_of("-0123456789.") == std::string::npos;
      CHECK((is_number || cell.find_first_of("=+-@\t\r") != 0));
      CHECK(cell.find('\0') == std::string::npos);
    }
  }
  CHECK(nul_separated(report_on(job, {"--failed0"}).out).size() == 1);
  // The next run takes it from there.
  CHECK(job.run().exit_code == 1);
  CHECK(journal_number(job.job_directory(), "SELECT count(*) FROM run_sample") <= 2000);
}

TEST_CASE("a journal with damaged bytes is refused or reported, and left as it is") {
  const Job job;
  job.add_pictures(110);
  CHECK(job.run().exit_code == 0);
  const std::string database = job.job_directory() + "/job.db";
  const std::string whole = read_file(database);
  int refused = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    std::string damaged = whole;
    const std::size_t at = 100 + i * (whole.size() - 500) / 40;
    for (std::size_t byte = 0; byte < 300; ++byte) damaged[at + byte] = static_cast<char>(7 * byte + i);
    if (i % 4 == 0) damaged.resize(at);
    write_file(database, damaged);
    const ProgramResult result = report_on(job, {"--json", "-"});
    CAPTURE(i, result.err);
    CHECK(result.signal == 0);
    CHECK((result.exit_code == 0 || result.exit_code == 2));
    if (result.exit_code == 0) CHECK(Json::parse(result.out)["inputs"] <= 110);
    if (result.exit_code == 2) ++refused;
    CHECK(read_file(database) == damaged);
  }
  CHECK(refused > 20);
}

TEST_CASE("what is no job is named") {
  const Job job;
  CHECK(report_on(job).exit_code == 2);
  job.add_pictures(1);
  CHECK(job.run({"--dry-run"}).exit_code == 0);
  CHECK(report_on(job).exit_code == 2);
  CHECK(job.run().exit_code == 0);
  fs::remove(job.job_directory() + "/job.db");
  const ProgramResult none = report_on(job);
  CHECK(none.exit_code == 2);
  CHECK(none.err.find("journal") != std::string::npos);
  CHECK_FALSE(fs::exists(job.job_directory() + "/job.db"));
}

}  // namespace
}  // namespace wm::test
