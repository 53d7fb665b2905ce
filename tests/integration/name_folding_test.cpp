// Inputs whose outputs are one file for the file system of the outputs: one is marked, the other is a
// collision, the same one in every run. On a file system of this test's own, in a namespace of its own.

#include <filesystem>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/folding_disk.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/small_disk.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

const std::string no_mounts = enter_own_mounts();  // before any thread starts

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

  const ProgramResult first = job.run();
  INFO(first.err);
  CHECK(first.exit_code == 1);
  CHECK(ledger_fault(job, first) == "");
  const std::size_t marked = job.report().at("marked");
  CHECK(marked == files_below(job.out()).size());
  CHECK(job.report().at("problems").size() == 5 - marked);
  for (const auto& problem : job.report().at("problems")) CHECK(problem.at("kind") == "collision");
  CHECK(temporary_files_below(job.out()).empty());
  const auto problems = job.report().at("problems");
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
