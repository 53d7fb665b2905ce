// The one log file: its format, its completeness, and what can happen to it while it is written.

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<json> json_lines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST_CASE("every line has the contract's format and every input has one final line") {
  const Job job;
  auto names = job.add_pictures(40);
  for (int i = 0; i < 3; ++i) {
    names.push_back("broken-" + std::to_string(i) + ".jpg");
    write_file(job.in(names.back()), "no");
  }
  job.add_picture("abort.jpg");
  names.emplace_back("abort.jpg");
  job.add_picture("chatty.jpg");
  names.emplace_back("chatty.jpg");
  const ProgramResult result = job.run({"--worker-program", hazard_worker(), "--log-level", "debug"});
  CHECK(result.exit_code == 1);

  // By the contract's expression itself, line by line.
  const std::regex format(
      R"(^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| .{10,} \| (DEBUG   |INFO    |WARNING |ERROR   |CRITICAL) \| .*$)");
  std::istringstream text(read_file(job.log_file()));
  for (std::string line; std::getline(text, line);) {
    INFO(line);
    CHECK(std::regex_match(line, format));
  }

  const auto lines = job.final_lines();
  CHECK(lines.size() == names.size());
  for (const std::string& name : names) {
    INFO(name);
    const auto names_it = [&](const LogLine& line) { return line.message.find(name) != std::string::npos; };
    REQUIRE(std::count_if(lines.begin(), lines.end(), names_it) == 1);
    const LogLine line = *std::find_if(lines.begin(), lines.end(), names_it);
    CHECK(line.level == (name.starts_with("broken") || name == "abort.jpg" ? "ERROR" : "INFO"));
    CHECK(std::regex_match(line.name, std::regex("worker-0[12]")));
    CHECK(std::regex_search(line.message, std::regex(R"(\d+(\.\d+)? (ms|s)\b)")));
  }
  const auto all = job.log();
  CHECK(std::count_if(all.begin(), all.end(), [](const LogLine& line) {
          return line.level == "WARNING" && line.message == "the decoder says: never seen such a picture";
        }) == 1);
  for (const LogLine& line : lines) {
    if (line.level != "INFO") continue;
    CHECK(std::regex_match(line.message, std::regex("marked .*/in/.* -> .*/out/.* in [0-9.]+ ms")));
  }
  CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.time < b.time; }));
}

TEST_CASE("as JSON, each life of a worker has its records without a gap") {
  const Job job;
  job.add_pictures(120);
  // Six deaths, so that there are lives enough however late a busy machine tells a worker to retire.
  for (int i = 0; i < 3; ++i) job.add_picture("abort-" + std::to_string(i) + ".jpg");
  CHECK(job.run({"--worker-program", hazard_worker(), "--log-level", "debug", "--log-format", "json",
                 "--recycle", "20"})
            .exit_code == 1);
  std::map<std::string, std::uint64_t> last;
  std::size_t lives = 0;
  std::size_t numbered = 0;
  for (const json& line : json_lines(read_file(job.log_file()))) {
    for (const char* const field : {"time", "name", "level", "message"}) CHECK(line.contains(field));
    if (!line.contains("seq")) continue;
    ++numbered;
    const std::uint64_t sequence = line.at("seq");
    std::uint64_t& before = last[line.at("name")];
    INFO(line);
    CHECK((sequence == before + 1 || sequence == 1));
    if (sequence == 1) ++lives;
    before = sequence;
  }
  CHECK(lives >= 6);
  CHECK(numbered > 240);  // at least two for each picture
  CHECK(job.report().at("log_records").at("dropped") == 0);
}

TEST_CASE("a decoder that prints without end is heard for a while, and the rest of it is counted") {
  const Job job;
  job.add_picture("complaining.jpg");
  job.add_pictures(2);
  const ProgramResult result = job.run({"--worker-program", hazard_worker(), "--workers", "1"});
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("marked") == 3);
  std::uint64_t kept = 0;
  std::uint64_t dropped = 0;
  for (const LogLine& line : job.log()) {
    if (line.message == "the decoder says: another bad pixel") ++kept;
    if (line.message.find(" lines of worker output dropped") == std::string::npos) continue;
    CHECK(line.name == "worker-01");
    CHECK(line.level == "WARNING");
    dropped += std::stoull(line.message);
  }
  CHECK(kept >= 500);
  CHECK(kept < 20'000);
  CHECK(kept + dropped == 20'000);
  CHECK(job.report().at("log_records").at("dropped") == dropped);
}

TEST_CASE("rotation keeps every line and files of the size asked for") {
  const Job job;
  const auto names = job.add_pictures(100);
  CHECK(job.run({"--log-rotate", "4K:50"}).exit_code == 0);
  std::string all;
  std::size_t files = 0;
  for (int number = 50; number >= 0; --number) {
    const std::string path = number == 0 ? job.log_file() : job.log_file() + "." + std::to_string(number);
    if (!fs::exists(path)) continue;
    ++files;
    CHECK(fs::file_size(path) <= 4096);
    all += read_file(path);
  }
  CHECK(files >= 2);
  const auto lines = parse_log(all);
  CHECK(job.report().at("log_records").at("written") == lines.size());
  for (const std::string& name : names) {
    CHECK(std::count_if(lines.begin(), lines.end(), [&](const LogLine& line) {
            return line.is_final() && line.message.find(name) != std::string::npos;
          }) == 1);
  }
}

TEST_CASE("after SIGHUP a renamed log goes on under its own name, and no line is lost") {
  const Job job;
  (void)job.add_pictures(20);
  (void)job.add_gated(20);
  RunningProgram program = job.start({"--worker-program", hazard_worker()});
  REQUIRE(wait_until([&] { return job.at_gate() > 0 && files_below(job.out()).size() >= 10; }));
  const std::string old = job.log_file() + ".old";
  fs::rename(job.log_file(), old);
  program.send(SIGHUP);
  CHECK(wait_until([&] { return fs::exists(job.log_file()); }));
  job.open_gate();
  CHECK(program.wait().exit_code == 0);
  const auto lines = parse_log(read_file(old) + read_file(job.log_file()));
  CHECK(std::count_if(lines.begin(), lines.end(), [](const LogLine& line) { return line.is_final(); }) == 40);
  CHECK(job.report().at("log_records").at("written") == lines.size());
}

TEST_CASE("the level decides what is written, and stderr has one of its own") {
  const Job job;
  job.add_pictures(4);
  write_file(job.in("broken.jpg"), "no");
  const ProgramResult result = job.run({"--log-level", "error", "--log-stderr=info", "--progress", "never"});
  CHECK(result.exit_code == 1);
  const auto in_file = job.log();
  CHECK(in_file.size() == 1);
  CHECK(std::all_of(in_file.begin(), in_file.end(), [](const auto& line) { return line.level == "ERROR"; }));
  const auto on_stderr = parse_log(result.err);
  CHECK(std::count_if(on_stderr.begin(), on_stderr.end(), [](const auto& line) { return line.is_final(); }) ==
        5);
}

TEST_CASE("a second run appends to the log of the first") {
  const Job job;
  job.add_pictures(3);
  CHECK(job.run().exit_code == 0);
  const std::string first = read_file(job.log_file());
  CHECK(job.run().exit_code == 0);
  const std::string both = read_file(job.log_file());
  CHECK(both.starts_with(first));
  const auto lines = parse_log(both.substr(first.size()));
  CHECK(std::count_if(lines.begin(), lines.end(), [](const LogLine& line) {
          return line.is_final() && line.message.starts_with("up to date") && line.name == "supervisor";
        }) == 3);
}

TEST_CASE("as JSON, the final line of an input has its fields") {
  const Job job;
  job.add_picture("good.jpg");
  job.add_picture("abort.jpg");
  write_file(job.in("broken.jpg"), "\xff\xd8\xff no picture");
  CHECK(job.run({"--worker-program", hazard_worker(), "--log-format", "json", "--retries", "1"}).exit_code ==
        1);
  std::map<std::string, json> last;
  std::map<std::string, int> times;
  for (const json& line : json_lines(read_file(job.log_file()))) {
    CHECK(std::regex_match(line.at("time").get<std::string>(),
                           std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d)")));
    const std::string event = line.value("event", "");
    ++times[event];
    if (line.contains("input")) last[fs::path(line.at("input").get<std::string>()).filename()] = line;
  }
  for (const char* const event : {"run_started", "run_ended", "marked", "failed", "quarantined", "retried"}) {
    CAPTURE(event);
    CHECK(times[event] == 1);
  }
  CHECK(times["worker_died"] == 2);
  const json& good = last["good.jpg"];
  CAPTURE(good);
  CHECK(good.at("event") == "marked");
  CHECK(good.at("input") == job.in("good.jpg"));
  CHECK(good.at("output") == job.out("good.jpg"));
  CHECK(good.at("path") == "splice");
  CHECK(good.at("attempt") == 1);
  CHECK(good.at("elapsed_ms") > 0);
  CHECK(good.at("worker") >= 1);
  CHECK(good.at("task") >= 1);
  CHECK_FALSE(good.contains("kind"));
  const json& broken = last["broken.jpg"];
  CAPTURE(broken);
  CHECK(broken.at("event") == "failed");
  CHECK(broken.at("kind") == "corrupt");
  CHECK(broken.at("stage") == "decode");
  CHECK_FALSE(broken.contains("output"));
  const json& abort = last["abort.jpg"];
  CAPTURE(abort);
  CHECK(abort.at("event") == "quarantined");
  CHECK(abort.at("kind") == "crash");
  CHECK(abort.at("attempt") == 2);
  CHECK(abort.contains("stage"));

  CHECK(job.run({"--log-format", "json", "--log-file", job.directory() + "/second"}).exit_code == 1);
  for (const json& line : json_lines(read_file(job.directory() + "/second"))) {
    if (line.value("event", "") != "up_to_date") continue;
    CHECK(line.at("output") == job.out("good.jpg"));
    CHECK_FALSE(line.contains("worker"));
  }
}

TEST_CASE("--log-file - logs to stderr, in the log's format, and makes no file") {
  const Job job;
  job.add_pictures(5);
  write_file(job.in("broken.jpg"), "no");
  const ProgramResult result = job.run({"--log-file", "-", "--log-level", "warning", "--log-stderr=info"});
  CHECK(result.exit_code == 1);
  CHECK_FALSE(fs::exists(job.log_file()));
  CHECK_FALSE(fs::exists(job.directory() + "/-"));
  const auto lines = parse_log(result.err);
  CHECK(std::count_if(lines.begin(), lines.end(), [](const LogLine& line) { return line.is_final(); }) == 6);
  CHECK(job.report().at("log_records").at("written") == lines.size());
  CHECK(result.out.find("log: standard error  report: ") != std::string::npos);

  const ProgramResult as_json = job.run({"--log-file=-", "--log-format", "json"});
  CHECK(json_lines(as_json.err).size() == job.report().at("log_records").at("written"));
  const ProgramResult rotated = job.run({"--log-file", "-", "--log-rotate", "1M:1"});
  CHECK(rotated.exit_code == 2);
  CHECK(rotated.err.find("--log-rotate needs a file") != std::string::npos);
}

/// Every path below the job's directory, with what changes if somebody touches it.
std::map<std::string, FileIdentity> everything(const Job& job) {
  std::map<std::string, FileIdentity> found;
  for (const auto& entry : fs::recursive_directory_iterator(job.directory()))
    found[entry.path().native()] = identity_of(entry.path());
  return found;
}

TEST_CASE("a log goes into no file that is something else, and rotation replaces none") {
  const Job job;
  const std::string picture = job.in(job.add_pictures(2).front());
  const std::string list = job.directory() + "/list";
  const std::string settings = job.directory() + "/job.toml";
  const std::string link = job.directory() + "/link";
  const std::string log = job.directory() + "/run.log";
  write_file(list, picture + "\n");
  write_file(settings, "quality = 90\n");
  fs::create_symlink(picture, link);
  write_file(log + ".2", "mine");
  const auto check_refused = [&](const std::string& file, const Words& more) {
    const auto before = everything(job);
    Words options{"--log-file", file, "--files-from", list, "--config", settings};
    options.insert(options.end(), more.begin(), more.end());
    const ProgramResult result = job.run(options);
    CAPTURE(file, more, result.err);
    CHECK(result.exit_code == 2);
    CHECK(std::ranges::count(result.err, '\n') == 1);
    CHECK(result.err.find("--log-file") != std::string::npos);
    CHECK(result.err.find(file) != std::string::npos);
    CHECK(everything(job) == before);
  };
  const bool has_run = GENERATE(false, true);
  if (has_run) REQUIRE(job.run().exit_code == 0);
  for (const std::string& file : {picture, job.logo(), list, settings, link}) {
    check_refused(file, {});
    check_refused(file, {"--log-rotate", "4k:2"});
    check_refused(file, {"--dry-run"});
  }
  for (const char* const name : {"job.db", "lock", "owner", "report.json", "status.json", "any"})
    check_refused(job.job_directory() + "/" + name, {});
  check_refused(log, {"--log-rotate", "4k:2"});
  CHECK(job.run({"--log-file", log, "--log-rotate", "4k:1"}).exit_code == 0);
  CHECK(job.run({"--log-file", log, "--log-format", "json"}).exit_code == 0);
  CHECK(read_file(log + ".2") == "mine");
}

TEST_CASE("a file that comes in the way of rotation during a run stays, and the log grows") {
  const Job job;
  const std::string log = job.directory() + "/run.log";
  job.add_pictures(40);
  job.add_gated(40);
  RunningProgram program =
      job.start({"--worker-program", hazard_worker(), "--log-file", log, "--log-rotate", "4k:2"});
  REQUIRE(wait_until([&] { return job.at_gate() > 0; }));
  fs::remove(log + ".2");
  write_file(log + ".2", "mine");
  job.open_gate();
  const ProgramResult result = program.wait();
  CHECK(result.exit_code == 0);
  CHECK(read_file(log + ".2") == "mine");
  CHECK(fs::file_size(log) > 4096);
  const std::string words =
      "the log " + log + " is not rotated and grows: " + log + ".2 holds something else";
  const std::size_t said = result.err.find(words);
  CAPTURE(result.err);
  CHECK(said != std::string::npos);
  CHECK(result.err.find(words, said + 1) == std::string::npos);
}

/// The program with its standard error in a file that stands for systemd's journal.
Words under_journal(const Job& job, const Words& options, const std::string& file) {
  Words words{"/bin/sh", "-c",
              R"(file=$1; shift; : >"$file"; JOURNAL_STREAM=$(stat -c %d:%i "$file") exec "$@" 2>>"$file")",
              "sh", file};
  const Words command = job.command(options);
  words.insert(words.end(), command.begin(), command.end());
  words.push_back(job.in());
  return words;
}

ProgramResult run_under_journal(const Job& job, const Words& options, const std::string& file) {
  return job.run_command(under_journal(job, options, file));
}

TEST_CASE("in the journal, a stop that somebody asked for is no error") {
  const Job job;
  job.add_gated(2);
  const std::string journal = job.directory() + "/journal";
  Words command = under_journal(job, {"--workers", "1", "--worker-program", hazard_worker()}, journal);
  command.push_back(job.gated());
  RunningProgram running(command, job.options());
  REQUIRE(
      test::wait_until([&] { return read_file(job.log_file()).find("started with") != std::string::npos; }));
  running.send(SIGTERM);
  REQUIRE(test::wait_until([&] { return read_file(journal).find("<5>wm-supervisor: ") == 0; }));
  job.open_gate();
  CHECK(running.wait().exit_code == 143);
  CAPTURE(read_file(journal));
  CHECK(read_file(journal).find("<5>wm-supervisor: stopped by SIGTERM") != std::string::npos);
  CHECK(read_file(journal).find("<3>") == std::string::npos);
}

TEST_CASE("the journal gets the priority of each line, and other readers of stderr do not") {
  const Job job;
  job.add_pictures(2);
  write_file(job.in("broken.jpg"), "no");
  const std::string journal = job.directory() + "/journal";
  CHECK(run_under_journal(job, {"--log-stderr", "--progress", "never"}, journal).exit_code == 1);
  std::istringstream stream(read_file(journal));
  std::map<std::string, int> counts;
  for (std::string line; std::getline(stream, line);) {
    CAPTURE(line);
    REQUIRE(line.size() > 3);
    const auto parsed = parse_log_line(line.substr(3));
    REQUIRE(parsed);
    ++counts[line.substr(0, 3) + parsed->level];
  }
  CHECK(counts["<6>INFO"] >= 4);
  CHECK(counts["<3>ERROR"] == 1);
  CHECK(counts.size() == 2);
  CHECK(read_file(job.log_file()).find("<6>") == std::string::npos);

  CHECK(run_under_journal(job, {"--log-file", "-", "--log-format", "json"}, journal).exit_code == 1);
  CHECK(read_file(journal).find("<6>{\"time\":") != std::string::npos);
  CHECK(run_under_journal(job, {"--size", "nonsense"}, journal).exit_code == 2);
  CHECK(read_file(journal).starts_with("<3>wm-supervisor: "));
}

}  // namespace
}  // namespace wm::test
