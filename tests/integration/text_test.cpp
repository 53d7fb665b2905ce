// Texts through the real programs: how often they are drawn, and in which scripts.

#include <algorithm>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

/// A job with a text instead of the tests' logo.
ProgramResult run_with_text(const Job& job, const std::string& text, Words extra = {}) {
  Words words = job.command();
  const auto logo = std::find(words.begin(), words.end(), "--logo");
  REQUIRE(logo != words.end());
  *logo = "--text";
  *(logo + 1) = text;
  words.insert(words.end(), extra.begin(), extra.end());
  words.push_back(job.in());
  return run_program(words, job.options());
}

std::size_t changed_samples(const std::string& before, const std::string& after) {
  const Pixels a = decoded(before);
  const Pixels b = decoded(after);
  REQUIRE(a.samples.size() == b.samples.size());
  std::size_t changed = 0;
  for (std::size_t i = 0; i < a.samples.size(); ++i) changed += a.samples[i] != b.samples[i];
  return changed;
}

}  // namespace

TEST_CASE("a text is drawn once for each size of the pictures of all files") {
  const Job job;
  const std::string small = sample_picture(64, 48, ".jpg");
  const std::string large = sample_picture(96, 80, ".jpg");
  for (int i = 0; i < 300; ++i) {
    write_file(job.in("p" + std::to_string(i) + ".jpg"), i % 2 == 0 ? small : large);
  }
  // A share of the picture: two sizes of the font.
  const ProgramResult result = run_with_text(job, "once", {"--size", "20%", "--workers", "1"});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(job.report()["marked"] == 300);
  CHECK(job.report()["texts_rendered"] == 2);
}

TEST_CASE("a text with a counter is drawn for each file") {
  const Job job;
  job.add_pictures(20);
  const ProgramResult result = run_with_text(job, "{counter:03}", {"--size", "12", "--workers", "1"});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(job.report()["texts_rendered"] == 20);
}

TEST_CASE("a missing font is counted for each picture") {
  const Job job;
  job.add_pictures(5);
  write_file(job.in("a.png"), sample_picture(64, 48, ".png"));
  const ProgramResult result =
      run_with_text(job, "word", {"--size", "12", "--font", "No Such Font", "--workers", "2"});
  CAPTURE(result.out, result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.out.find("6 pictures: not kept: the font \"No Such Font\", replaced by ") !=
        std::string::npos);
}

TEST_CASE("Chinese is drawn, each letter its own, and letters that no font has stop a job first") {
  const Job job;
  const std::string picture = sample_picture(64, 48, ".png");
  write_file(job.in("a.png"), picture);
  std::string first;
  for (const std::string text : {"水", "印"}) {
    const ProgramResult result = run_with_text(job, text, {"--size", "24", "--overwrite", "all"});
    CAPTURE(text, result.err);
    REQUIRE(result.exit_code == 0);
    const std::string marked = read_file(job.out("a.png"));
    CHECK(changed_samples(picture, marked) > 100);
    if (!first.empty()) CHECK(changed_samples(first, marked) > 100);
    first = marked;
  }
  const Job other;
  other.add_picture("b.jpg");
  const ProgramResult result = run_with_text(other, "\U0010FFFD");
  CHECK(result.exit_code != 0);
  CHECK(result.err.find("U+10FFFD") != std::string::npos);
  CHECK(files_below(other.out()).empty());
}

}  // namespace wm::test
