// Shards of a job: together they do the whole job once.

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string shard_option(unsigned index, unsigned count) {
  return std::to_string(index) + "/" + std::to_string(count);
}

/// Of shards that have less than five digits.
std::string shard_directory(const Job& job, unsigned index, unsigned count) {
  const auto digits = [](unsigned number) {
    const std::string text = std::to_string(number);
    return std::string(4 - text.size(), '0') + text;
  };
  return job.job_directory() + "/shard-" + digits(index) + "-of-" + digits(count);
}

Json report_of(const std::string& job_directory) {
  return Json::parse(read_file(job_directory + "/report.json"));
}

std::string log_of(const std::string& job_directory) {
  return read_file(job_directory + "/wm-supervisor.log");
}

/// Every file below the directory with its bytes.
std::map<std::string, std::string> contents_below(const std::string& directory) {
  std::map<std::string, std::string> contents;
  for (const std::string& name : files_below(directory)) contents[name] = read_file(directory + "/" + name);
  return contents;
}

/// The outputs of the inputs that the shard has in its journal.
std::set<std::string> outputs_in_journal(const Job& job, unsigned index, unsigned count) {
  std::set<std::string> outputs;
  for (const auto& row :
       journal_rows(shard_directory(job, index, count), "SELECT CAST(output AS TEXT) FROM file")) {
    outputs.insert(row.at(0));
  }
  return outputs;
}

TEST_CASE("the shards of a job are the whole job, none of it twice, byte for byte") {
  constexpr unsigned count = 3;
  const Job job;
  for (unsigned i = 0; i < 30; ++i) {
    job.add_picture("tree " + std::to_string(i % 4) + "/deep/picture-" + std::to_string(i) + ".jpg", i);
  }
  write_file(job.in("tree 1/same.jpg"), sample_picture(64, 48, ".jpg", 1));
  write_file(job.in("tree 1/same.png"), sample_picture(64, 48, ".png", 2));  // the same output with --format
  write_file(job.in("tree 2/notes.txt"), "no picture");
  const Words options{"-r", "--format", "jpeg"};

  Words plain = options;
  plain.insert(plain.end(), {"--output", job.directory() + "/plain"});
  CHECK(job.run(plain).exit_code == 1);  // the collision
  const Json whole = report_of(job.directory() + "/plain/.wm-supervisor");
  CHECK(whole.at("shard").is_null());
  CHECK(whole.at("inputs") == 32);

  std::uint64_t inputs = 0;
  std::uint64_t marked = 0;
  std::uint64_t collisions = 0;
  std::set<std::string> seen;
  for (unsigned index = 1; index <= count; ++index) {
    Words words = options;
    words.insert(words.end(), {"--shard", shard_option(index, count)});
    const ProgramResult result = job.run(words);
    INFO(result.err);
    const Json report = report_of(shard_directory(job, index, count));
    CHECK(report.at("shard").at("index") == index);
    CHECK(report.at("shard").at("count") == count);
    CHECK(report.at("shard").at("whole") == 32);
    CHECK(report.at("inputs").get<unsigned>() + report.at("shard").at("other_shards").get<unsigned>() == 32);
    CHECK(report.at("ignored") == 1);  // as in the whole job
    CHECK(result.out.find("shard " + shard_option(index, count) + ", ") != std::string::npos);
    inputs += report.at("inputs").get<unsigned>();
    marked += report.at("marked").get<unsigned>();
    for (const Json& problem : report.at("problems"))
      collisions += problem.at("kind") == "collision" ? 1U : 0U;
    CHECK(result.exit_code == (report.at("failed") == 0 ? 0 : 1));
    for (const std::string& output : outputs_in_journal(job, index, count)) {
      CAPTURE(output);
      CHECK(seen.insert(output).second);
    }
  }
  CHECK(inputs == 32);
  CHECK(marked == whole.at("marked"));
  CHECK(collisions == 1);
  CHECK(contents_below(job.out()) == contents_below(job.directory() + "/plain"));

  Words again = options;
  again.insert(again.end(), {"--shard", shard_option(2, count)});
  (void)job.run(again);
  const Json report = report_of(shard_directory(job, 2, count));
  CHECK(report.at("marked") == 0);
  CHECK(report.at("up_to_date").get<unsigned>() + report.at("failed").get<unsigned>() == report.at("inputs"));
}

TEST_CASE("shards that run at the same time take nothing from each other and do not warn of each other") {
  const Job job;
  (void)job.add_gated(12);
  std::vector<std::optional<RunningProgram>> shards(3);
  Words words = job.command({"--worker-program", hazard_worker(), "--workers", "12", "--shard", ""});
  words.push_back(job.gated());
  for (unsigned i = 0; i < shards.size(); ++i) {
    words.at(words.size() - 2) = shard_option(i + 1, 3);
    shards[i].emplace(words, job.options());
  }
  CHECK(wait_until([&] { return job.at_gate() == 12; }));
  job.open_gate();
  unsigned marked = 0;
  for (unsigned i = 0; i < shards.size(); ++i) {
    const ProgramResult result = shards[i]->wait();
    CHECK(result.exit_code == 0);
    CHECK(result.err.find("another wm-supervisor") == std::string::npos);
    CHECK(log_of(shard_directory(job, i + 1, 3)).find("another wm-supervisor") == std::string::npos);
    marked += report_of(shard_directory(job, i + 1, 3)).at("marked").get<unsigned>();
  }
  CHECK(marked == 12);
  CHECK(files_below(job.out()).size() == 12);
  CHECK(fs::exists(job.job_directory() + "/job.json"));
}

TEST_CASE("a shard that gets no file is done, and a job without files is not") {
  const Job job;
  job.add_picture("one.jpg");
  unsigned inputs = 0;
  for (unsigned index = 1; index <= 3; ++index) {
    const ProgramResult result = job.run({"--shard", shard_option(index, 3)});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    inputs += report_of(shard_directory(job, index, 3)).at("inputs").get<unsigned>();
  }
  CHECK(inputs == 1);
  fs::remove(job.in("one.jpg"));
  CHECK(job.run({"--shard", "1/3"}).exit_code == 1);
}

TEST_CASE("--dry-run of a shard touches nothing and counts what a run would") {
  const Job job;
  for (unsigned i = 0; i < 10; ++i) job.add_picture("picture-" + std::to_string(i) + ".jpg");
  std::size_t lines = 0;
  for (unsigned index = 1; index <= 2; ++index) {
    const ProgramResult result = job.run({"--dry-run", "--shard", shard_option(index, 2)});
    CHECK(result.exit_code == 0);
    for (std::size_t at = 0; (at = result.out.find("mark ", at)) != std::string::npos; ++at) ++lines;
    CHECK(result.out.find("of other shards") != std::string::npos);
  }
  CHECK(lines == 10);
  CHECK(!fs::exists(job.out()));
}

/// The lines of a trace of all system calls that take a path.
std::string traced(const Job& job, const Words& words) {
  const std::string trace = job.directory() + "/trace";
  Words command{"/usr/bin/strace", "-f", "-qq", "-s", "4096", "-e", "trace=%file,%%stat", "-o", trace};
  if (!fs::exists(command.front())) skip("strace is missing");
  command.insert(command.end(), words.begin(), words.end());
  ProgramOptions options = job.options();
  options.environment.emplace_back("ASAN_OPTIONS=detect_leaks=0");  // impossible under ptrace
  const ProgramResult result = run_program(command, options);
  if (result.err.find("ptrace") != std::string::npos) skip("strace may not trace here");
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return read_file(trace);
}

TEST_CASE("a shard asks the file system about no file of another shard") {
  const Job job;
  std::vector<std::string> names;
  std::string list;
  for (unsigned i = 100; i < 140; ++i) {
    names.push_back("picture-" + std::to_string(i) + ".jpg");
    job.add_picture("tree/" + names.back(), i);
    list += job.in("tree/" + names.back()) + "\n";
  }
  write_file(job.directory() + "/list", list);
  Words words = job.command({"--workers", "1", "--shard", "2/4"});
  SECTION("in directories") {
    words.insert(words.end(), {"-r", job.in()});
  }
  SECTION("in lists") {
    words.insert(words.end(), {"--files-from", job.directory() + "/list"});
  }
  SECTION("in lists with a base") {
    words.insert(words.end(), {"--files-from", job.directory() + "/list", "--base", job.in()});
  }
  const std::string trace = traced(job, words);
  std::set<std::string> own;
  for (const std::string& output : outputs_in_journal(job, 2, 4)) own.insert(fs::path(output).filename());
  CHECK((!own.empty() && own.size() < names.size()));
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK((trace.find(name) != std::string::npos) == own.contains(name));
  }
}

TEST_CASE("a listed directory whose name looks like a picture's fails in one shard and says what to do") {
  const Job job;
  job.add_picture("photos.jpg/a.jpg");
  const auto run_both = [&](const std::string& entry) {
    write_file(job.directory() + "/list", entry + "\n");
    std::string problems;
    unsigned marked = 0;
    for (unsigned index = 1; index <= 2; ++index) {
      Words words =
          job.command({"--shard", shard_option(index, 2), "--files-from", job.directory() + "/list"});
      (void)job.run_command(words);
      const Json report = report_of(shard_directory(job, index, 2));
      for (const Json& problem : report.at("problems")) problems += problem.at("message").get<std::string>();
      marked += report.at("marked").get<unsigned>();
    }
    return std::pair(marked, problems);
  };
  const auto [none, problem] = run_both(job.in("photos.jpg"));
  CHECK(none == 0);
  CHECK(problem == "is a directory; with --shard, such a name in a list needs a / at its end");
  CHECK(run_both(job.in("photos.jpg/")) == std::pair(1U, std::string()));
}

TEST_CASE("a link in a tree leads to the files of each shard") {
  const Job job;
  for (unsigned i = 0; i < 12; ++i) {
    write_file(job.directory() + "/elsewhere/picture-" + std::to_string(i) + ".jpg",
               sample_picture(64, 48, ".jpg", i));
  }
  fs::create_directory_symlink(job.directory() + "/elsewhere", job.in("link.jpg"));
  unsigned marked = 0;
  for (unsigned index = 1; index <= 3; ++index) {
    CHECK(job.run({"-r", "--shard", shard_option(index, 3)}).exit_code == 0);
    const Json report = report_of(shard_directory(job, index, 3));
    CHECK(report.at("shard").at("whole") == 12);
    marked += report.at("marked").get<unsigned>();
  }
  CHECK(marked == 12);
}

TEST_CASE("a shard of another job is refused before it touches anything") {
  const Job job;
  job.add_picture("a.jpg");
  REQUIRE(job.run({"--shard", "1/2"}).exit_code == 0);
  const std::string description = read_file(job.job_directory() + "/job.json");
  const auto before = contents_below(job.out());
  for (const auto& [options, words] :
       std::vector<std::pair<Words, std::string>>{{{"--shard", "1/3"}, "2 shards, not 3"},
                                                  {{"--shard", "2/2", "--quality", "50"}, "recipe"},
                                                  {{"--shard", "2/2", "-r"}, "leave out -r"},
                                                  {{"--shard", "2/2", "--include", "*.png"}, "--include"}}) {
    const ProgramResult result = job.run(options);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(words) != std::string::npos);
    CHECK(result.err.find("job.json") != std::string::npos);
  }
  CHECK(read_file(job.job_directory() + "/job.json") == description);
  CHECK(contents_below(job.out()) == before);
  CHECK(!fs::exists(shard_directory(job, 1, 3)));
  CHECK(job.run({"--shard", "2/2"}).exit_code == 0);
}

TEST_CASE("commands that read a job take a shard's directory, and for the whole job name one") {
  const Job job;
  job.add_picture("a.jpg");
  for (unsigned index = 1; index <= 2; ++index) {
    REQUIRE(job.run({"--shard", shard_option(index, 2)}).exit_code == 0);
  }
  const std::string program = Job::supervisor();
  for (const std::string command : {"status", "report", "crashes"}) {
    CAPTURE(command);
    const ProgramResult whole = job.run_command({program, command, job.out()});
    CHECK(whole.exit_code == 2);
    CHECK(whole.err.find("has shards; name one of them, such as " + shard_directory(job, 1, 2)) !=
          std::string::npos);
    CHECK(whole.err.find("wm-supervisor report merge " + job.job_directory()) != std::string::npos);
    const ProgramResult one = job.run_command({program, command, shard_directory(job, 2, 2)});
    CHECK(one.err.empty());
    CHECK(one.exit_code != 2);
  }
}

TEST_CASE("{counter} is refused with --shard") {
  const Job job;
  job.add_picture("a.jpg");
  for (const Words& options : {Words{"--text", "no. {counter:05}"}, Words{"--copyright", "{counter}"},
                               Words{"--artist", "{counter}"}}) {
    Words words{"--shard", "1/2"};
    words.insert(words.end(), options.begin(), options.end());
    const ProgramResult result = job.run(words);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find("{counter} cannot be used with --shard") != std::string::npos);
    CHECK(!fs::exists(job.out()));
  }
}

TEST_CASE("a job that is held ends with exit code 75 at once, or after --wait-lock") {
  const Job job;
  (void)job.add_gated(2);
  RunningProgram first = job.start({"--worker-program", hazard_worker(), "--shard", "1/1"});
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  for (const Words& wait : {Words{}, Words{"--wait-lock", "300ms"}}) {
    Words words{"--shard", "1/1"};
    words.insert(words.end(), wait.begin(), wait.end());
    const ProgramResult held = job.run(words);
    INFO(held.err);
    CHECK(held.exit_code == 75);
    CHECK(held.err.find("another wm-supervisor (pid " + std::to_string(first.pid()) + ")") !=
          std::string::npos);
    CHECK((held.err.find("waiting up to 300ms") != std::string::npos) == !wait.empty());
  }
  CHECK_FALSE(first.has_ended());
  job.open_gate();
  CHECK(first.wait().exit_code == 0);
}

TEST_CASE("--wait-lock goes on with the job once it is free, and a signal ends the wait") {
  const Job job;
  (void)job.add_gated(2);
  const Words hazard{"--worker-program", hazard_worker()};
  RunningProgram first = job.start(hazard);
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  Words waiting = hazard;
  waiting.insert(waiting.end(), {"--wait-lock", "10m", "--grace", "10m"});
  RunningProgram second = job.start(waiting);
  RunningProgram third = job.start(waiting);
  // A supervisor whose worker runs has seen the lock, or will in a moment.
  CHECK(wait_until([&] { return job.workers("hazard-worker").size() >= 5; }));
  third.send(SIGTERM);
  CHECK(third.wait().exit_code == 143);
  CHECK_FALSE(first.has_ended());
  CHECK_FALSE(second.has_ended());
  job.open_gate();
  const ProgramResult one = first.wait();
  CHECK(one.exit_code == 0);
  const ProgramResult other = second.wait();
  INFO(other.err);
  CHECK(other.exit_code == 0);
  CHECK(other.err.find("waiting up to 600s: another wm-supervisor") != std::string::npos);
  CHECK(job.report().at("up_to_date") == 2);
  CHECK(ledger_fault(job, other) == "");
}

TEST_CASE("a run that waits for a job writes nothing into it, not even why its own workers crash") {
  const Job job;
  (void)job.add_gated(1);
  RunningProgram first = job.start({"--worker-program", hazard_worker()});
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  const auto before = files_below(job.job_directory() + "/crashes");
  ProgramOptions options = job.options();
  options.environment.push_back("WM_HAZARD_BOOT=1");
  Words words = job.command({"--worker-program", hazard_worker(), "--wait-lock", "10m"});
  words.push_back(job.gated());
  const ProgramResult second = job.run_command(words, options);
  INFO(second.err);
  CHECK(second.exit_code == 3);
  CHECK_FALSE(first.has_ended());
  CHECK(files_below(job.job_directory() + "/crashes") == before);
  job.open_gate();
  CHECK(first.wait().exit_code == 0);
}

TEST_CASE("--failures-ok makes failures of pictures, and nothing else, exit code 0") {
  const Job job;
  job.add_picture("a.jpg");
  write_file(job.in("damaged.jpg"), "no picture");
  CHECK(job.run().exit_code == 1);
  const ProgramResult result = job.run({"--failures-ok"});
  CHECK(result.exit_code == 0);
  CHECK(job.report().at("failed") == 1);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.run({"--failures-ok", "--halt", "now,fail=1"}).exit_code == 3);
  CHECK(job.run({"--failures-ok", "--ext", "gif"}).exit_code == 1);  // nothing to do
  write_file(job.directory() + "/list", job.in("a.jpg") + "\n" + job.directory() + "\n");
  const ProgramResult outside = job.run_command(
      job.command({"--failures-ok", "--files-from", job.directory() + "/list", "--base", job.in()}));
  CHECK(outside.exit_code == 1);  // a directory outside the base counts as one that cannot be read
}

TEST_CASE("SIGTERM that is sent twice at once lets the files in progress finish") {
  const Job job;
  (void)job.add_gated(4);
  RunningProgram program =
      job.start({"--worker-program", hazard_worker(), "--timeout", "0", "--grace", "10m"});
  REQUIRE(wait_until([&] { return job.at_gate() == 2; }));
  program.send(SIGTERM);
  program.send(SIGTERM);
  REQUIRE(wait_until(
      [&] { return read_file(job.log_file()).find("files in progress are finished") != std::string::npos; }));
  CHECK_FALSE(program.has_ended());
  job.open_gate();
  const ProgramResult result = program.wait();
  CHECK(result.exit_code == 143);
  CHECK(job.report().at("marked") == 2);
  CHECK(job.report().at("pending") == 2);
}

TEST_CASE("--base mirrors the tree of what lists name") {
  const Job job;
  job.add_picture("2023/a.jpg", 1);
  job.add_picture("2024/a.jpg", 2);
  job.add_picture("2024/june/b.jpg", 3);
  write_file(job.directory() + "/other.jpg", sample_picture(64, 48, ".jpg"));
  write_file(job.directory() + "/list", job.in("2023/a.jpg") + "\nin/2024\n" + job.directory() +
                                            "/other.jpg\n" + job.in("2023/../2024/a.jpg") + "\n");
  const Words list{"--files-from", job.directory() + "/list"};
  Words words = job.command(list);
  words.insert(words.end(), {"-r", "--base", "in"});
  CHECK(job.run_command(words).exit_code == 1);
  CHECK(files_below(job.out()) == std::vector<std::string>{"2023/a.jpg", "2024/a.jpg", "2024/june/b.jpg"});
  const Json report = job.report();
  CHECK(report.at("marked") == 3);
  REQUIRE(report.at("problems").size() == 2);
  for (const Json& problem : report.at("problems")) {
    CHECK(problem.at("message") == "lies outside the directory of --base");
  }
  const ProgramResult without_list = job.run({"--base", job.in()});
  CHECK(without_list.exit_code == 2);
  CHECK(without_list.err.find("--base") != std::string::npos);
}

TEST_CASE("the configuration that a shard prints is one for all shards") {
  const Job job;
  job.add_picture("a.jpg");
  const ProgramResult printed = job.run({"--shard", "1/2", "--print-config"});
  CHECK(printed.exit_code == 0);
  CHECK(printed.out.find("shard") == std::string::npos);
  CHECK(printed.out.find("\njob-dir = \"" + job.job_directory() + "\"") != std::string::npos);
  CHECK(printed.out.find("\nlog-file") == std::string::npos);
  write_file(job.directory() + "/job.toml", printed.out);
  for (unsigned index = 1; index <= 2; ++index) {
    Words words{Job::supervisor(), "--config", job.directory() + "/job.toml", "--shard",
                shard_option(index, 2)};
    CHECK(job.run_command(words).exit_code == 0);
    CHECK(fs::exists(shard_directory(job, index, 2) + "/wm-supervisor.log"));
  }
  CHECK(files_below(job.out()).size() == 1);
}

}  // namespace
}  // namespace wm::test
