// Inputs whose outputs are one file for the file system of the outputs: one is marked, the other is a
// collision, the same one in every run. On a file system of this test's own, in a namespace of its own.

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/folding_disk.h"
#include "tests/support/job.h"
#include "tests/support/own_mounts.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

std::string colliding_input(const Job& job) {
  const nlohmann::json report = job.report();
  if (report.at("problems").size() != 1 || report.at("problems").at(0).at("kind") != "collision") return "";
  return report.at("problems").at(0).at("input");
}

TEST_CASE("names that the file system takes for one are a collision, in every run") {
  if (!no_mounts.empty()) skip(no_mounts);
  const Job job;
  const FoldingDisk disk(job.out(), job.directory() + "/disk");
  if (!disk.problem().empty()) skip(disk.problem());
  job.add_picture("IMG_1.JPG", 1);
  job.add_picture("img_1.jpg", 2);
  job.add_picture("\u00c9t\u00e9.jpg", 3);
  job.add_picture("e\u0301te\u0301.jpg", 4);  // only a collision where letters are normalised
  job.add_picture("other.jpg", 5);
  // FAT counts time in steps of 2 s; for --rebuild-journal an output must not seem older than its input.
  std::this_thread::sleep_for(std::chrono::seconds(2));

  const ProgramResult first = job.run();
  INFO(first.err);
  CHECK(first.exit_code == 1);
  CHECK(ledger_fault(job, first) == "");
  const std::size_t marked = job.report().at("marked");
  CHECK(marked == files_below(job.out()).size());
  CHECK(job.report().at("problems").size() == 5 - marked);
  const auto problems = job.report().at("problems");
  for (const auto& problem : problems) CHECK(problem.at("kind") == "collision");
  CHECK(temporary_files_below(job.out()).empty());
  const std::string bytes = read_file(job.out("IMG_1.JPG"));
  CHECK(is_whole_picture(bytes));

  for (const Words& options : {Words{}, Words{"--overwrite", "all"}, Words{"--rebuild-journal"}}) {
    CAPTURE(options);
    CHECK(job.run(options).exit_code == 1);
    CHECK(job.report().at("problems") == problems);
    CHECK(files_below(job.out()).size() == marked);
    CHECK(read_file(job.out("IMG_1.JPG")) == bytes);
  }
}

TEST_CASE("on a file system that folds case, the job knows its own outputs, after another mount as well") {
  if (!no_mounts.empty()) skip(no_mounts);
  const Job job;
  FoldingDisk disk(job.out(), job.directory() + "/disk");
  if (!disk.problem().empty()) skip(disk.problem());
  job.add_pictures(3);
  const Words beside{"--job-dir", job.directory() + "/job"};  // so that nothing holds the disk
  const auto with = [&](Words more) {
    more.insert(more.begin(), beside.begin(), beside.end());
    return more;
  };
  std::string quality = "59";
  REQUIRE(job.run(with({"--quality", quality})).exit_code == 0);
  for (const bool mounted_again : {false, true}) {
    CAPTURE(mounted_again);
    if (mounted_again) disk.mount_again();
    REQUIRE(disk.problem().empty());
    const ProgramResult same = job.run(with({"--quality", quality}));
    CHECK(same.exit_code == 0);
    CHECK(same.out.find("3 up to date") != std::string::npos);
    quality = mounted_again ? "61" : "60";
    const ProgramResult anew = job.run(with({"--quality", quality}));
    INFO(anew.err);
    CHECK(anew.exit_code == 0);
    CHECK(anew.out.find("3 marked") != std::string::npos);
  }
  const std::string name = files_below(job.out()).front();
  write_file(job.out(name), "somebody's");
  CHECK(job.run(with({"--quality", "62"})).exit_code == 1);
  CHECK(read_file(job.out(name)) == "somebody's");
}

TEST_CASE("where all names are told apart, none is a collision, and the probe leaves nothing") {
  const Job job;
  job.add_picture("IMG_1.JPG", 1);
  job.add_picture("img_1.jpg", 2);
  CHECK(job.run().exit_code == 0);
  CHECK(job.report().at("marked") == 2);
  CHECK(colliding_input(job).empty());
  CHECK(temporary_files_below(job.out()).empty());
}

}  // namespace
}  // namespace wm::test
