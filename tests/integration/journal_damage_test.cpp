// job.db or its log is damaged, cut or lost: the program says so and touches nothing, or does right all the
// same;
// --rebuild-journal finds out from the outputs what is done.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>

#include "common/kill_point/kill_point.h"
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
using Identities = std::map<std::string, FileIdentity>;

Identities outputs_of(const Job& job) {
  Identities outputs;
  for (const std::string& name : files_below(job.out())) outputs[name] = identity_of(job.out(name));
  return outputs;
}

/// Everything is there, whole and accounted for.
void check_right(const Job& job, const ProgramResult& result, const std::vector<std::string>& names) {
  CHECK(ledger_fault(job, result) == "");
  CHECK(files_below(job.out()) == names);
  CHECK(std::ranges::all_of(names,
                            [&](const auto& name) { return is_whole_picture(read_file(job.out(name))); }));
  CHECK(temporary_files_below(job.out()).empty());
}

/// What was published before is as it was: `before` may hold less than there is now.
void check_not_repeated(const Job& job, const Identities& before) {
  CHECK(std::ranges::all_of(
      before, [&](const auto& entry) { return identity_of(job.out(entry.first)) == entry.second; }));
}

void check_refused(const Job& job, const ProgramResult& result) {
  INFO(result.err);
  CHECK(result.exit_code == 2);
  CHECK(result.err.find(job.job_directory() + "/job.db") != std::string::npos);
  CHECK(result.err.find("--rebuild-journal") != std::string::npos);
  CHECK(std::ranges::count(result.err, '\n') == 1);
}

std::vector<std::string> set_aside_journals(const Job& job) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(job.job_directory())) {
    const std::string name = entry.path().filename().native();
    if (name.starts_with("job.db.damaged-") && !name.ends_with("-wal") && !name.ends_with("-boot"))
      names.push_back(name);
  }
  return names;
}

void overwrite(const std::string& path, std::size_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file << bytes;
}

std::string damaged(std::string bytes, unsigned seed) {
  std::minstd_rand random(seed);
  const auto any = [&](std::size_t below) { return static_cast<std::size_t>(random()) % below; };
  const auto spoil = [&](std::size_t count) {
    const std::size_t at = 100 + any(bytes.size() - 100 - count);
    for (std::size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<char>(any(256));
  };
  switch (seed % 5) {
    case 0:
      bytes.resize(any(bytes.size()));
      break;
    case 1:
      bytes.replace(any(bytes.size() / 4096) * 4096, 4096, 4096, '\0');
      break;
    case 2:
      spoil(300);
      break;
    case 3:
      spoil(16);
      break;
    default:
      for (int i = 0; i < 4; ++i) spoil(1);
  }
  return bytes;
}

TEST_CASE("a journal that is damaged anywhere is refused, or the run is right all the same") {
  const Job job;
  const auto names = job.add_pictures(110);
  write_file(job.in("broken.jpg"), "no picture");
  REQUIRE(job.run().exit_code == 1);
  const std::string database = job.job_directory() + "/job.db";
  const std::string whole = read_file(database);
  REQUIRE(whole.size() > std::size_t{8} * 4096);

  int refused = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const std::string bytes = damaged(whole, seed);
    if (bytes == whole) continue;
    write_file(database, bytes);
    const Identities before = outputs_of(job);
    ProgramResult result = job.run();
    INFO("seed " << seed << ": " << result.err);
    if (result.exit_code == 2) {
      ++refused;
      check_refused(job, result);
      CHECK(outputs_of(job) == before);
      CHECK(read_file(database) == bytes);
      result = job.run({"--rebuild-journal"});
      check_not_repeated(job, before);
    }
    CHECK(result.exit_code == 1);           // for the broken one
    CHECK(job.report().at("failed") >= 1);  // an output that the row does not fit any more is not replaced
    check_right(job, result, names);
    CHECK(job.workers().empty());
  }
  CHECK(refused > 20);
}

TEST_CASE("a gap in the log of a killed run is refused, and a rebuild repeats nothing") {
  const Job job;
  auto names = job.add_gated(1);  // the run is not over before it is killed
  const auto others = job.add_pictures(200, 400, 300);
  names.insert(names.end(), others.begin(), others.end());
  {
    RunningProgram program = job.start({"--worker-program", hazard_worker()});
    REQUIRE(wait_until([&] { return files_below(job.out()).size() >= 100; }));
    program.send(SIGKILL);
    (void)program.wait();
    REQUIRE(wait_until([&] { return job.workers("").empty(); }));
  }
  const std::string log = job.job_directory() + "/job.db-wal";
  overwrite(log, 32 + std::size_t{3} * (24 + 4096) + 500, "damage");
  const std::string damaged_log = read_file(log);
  // Left by a run that no journal knows any more.
  write_file(job.out(".wm-supervisor-0123456789abcdef-42.tmp"), "half a picture");
  const Identities before = outputs_of(job);

  for (int i = 0; i < 2; ++i) {
    check_refused(job, job.run());
    CHECK(read_file(log) == damaged_log);
  }
  check_refused(job, job.run({"--dry-run"}));
  const ProgramResult result = job.run({"--rebuild-journal"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  check_right(job, result, names);
  check_not_repeated(job, before);
  CHECK(job.report().at("up_to_date") == before.size());
  CHECK(job.report().at("marked") == names.size() - before.size());
  const auto aside = set_aside_journals(job);
  REQUIRE(aside.size() == 1);
  CHECK(read_file(job.job_directory() + "/" + aside[0] + "-wal") == damaged_log);
  CHECK(read_file(job.log_file()).find(aside[0]) != std::string::npos);

  const ProgramResult again = job.run();
  CHECK(again.exit_code == 0);
  CHECK(job.report().at("up_to_date") == names.size());
  check_not_repeated(job, before);
}

TEST_CASE("a run that is refused because its journal is damaged leaves the job directory as it is") {
  const Job job;
  job.add_pictures(60);
  REQUIRE(job.run().exit_code == 0);
  const std::string journal = job.job_directory() + "/job.db";
  const std::string whole = read_file(journal);
  const auto names = [&] {
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(job.job_directory()))
      found.insert(entry.path().native());
    return found;
  };
  const Words show{Job::supervisor(), "status", job.job_directory()};
  const std::string status = job.run_command(show).out;
  const auto before = names();
  for (const std::string& bytes : {whole.substr(0, whole.size() / 2), whole.substr(0, 5000),
                                   std::string(whole.size(), 'x'), std::string()}) {
    write_file(journal, bytes);
    const FileIdentity status_file = identity_of(job.job_directory() + "/status.json");
    check_refused(job, job.run());
    CHECK(read_file(journal) == bytes);
    CHECK(names() == before);
    CHECK(identity_of(job.job_directory() + "/status.json") == status_file);
    CHECK(job.run_command(show).out == status);
  }
}

TEST_CASE("a journal can be rebuilt when it is lost, when it is fine, and bit by bit") {
  if (!with_kill_points) skip("this build has no kill points");
  const Job job;
  const auto names = job.add_pictures(60);
  REQUIRE(job.run().exit_code == 0);
  const Identities before = outputs_of(job);
  fs::remove(job.out(names[5]));
  write_file(job.in(names[6]), sample_picture(64, 48, ".jpg", 9));  // newer than its output
  if (GENERATE(true, false)) fs::remove(job.job_directory() + "/job.db");

  // It dies before it is at its end: the plain command goes on with it.
  ProgramOptions options = job.options();
  options.environment.push_back("WM_KILL_DIR=" + job.directory());
  options.environment.push_back("WM_KILL_PLAN=run.begun=kill");
  Words words = job.command({"--rebuild-journal"});
  words.push_back(job.in());
  CHECK(job.run_command(words, options).signal == SIGKILL);
  const ProgramResult result = job.run();
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ledger_fault(job, result) == "");
  CHECK(job.report().at("up_to_date") == 58);
  CHECK(job.report().at("marked") == 1);
  // Nobody can tell any more who made an output that is older than its input.
  CHECK(job.report().at("problems").at(0).at("kind") == "exists");
  Identities kept = before;
  kept.erase(names[5]);
  check_not_repeated(job, kept);
  fs::remove(job.out(names[6]));
  check_right(job, job.run(), names);
  CHECK(job.report().at("up_to_date") == 59);
  CHECK(job.report().at("marked") == 1);
}

TEST_CASE("--rebuild-journal cannot be rehearsed") {
  const Job job;
  job.add_pictures(1);
  const ProgramResult result = job.run({"--rebuild-journal", "--dry-run"});
  CHECK(result.exit_code == 2);
  CHECK(result.err.find("--dry-run") != std::string::npos);
  CHECK_FALSE(fs::exists(job.out()));
}

}  // namespace
}  // namespace wm::test
