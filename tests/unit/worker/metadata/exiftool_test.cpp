// What another reader of metadata says. Skipped where exiftool is not installed.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/worker/metadata/sample_files.h"

using namespace wm::metadata;
using namespace wm::test;

namespace {

bool has_exiftool() {
  return std::system("exiftool -ver >/dev/null 2>&1") == 0;
}  // NOLINT: a fixed command

struct Question {
  std::string bytes, options;
};

/// The output of exiftool for each. One process for all: its start takes longer than its work.
std::vector<std::string> ask_exiftool(const std::vector<Question>& questions) {
  const wm::TempDir directory;
  const std::string separator = "====\n";
  std::string command = "exiftool";
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::string file = directory.path() + "/" + std::to_string(i);
    std::ofstream(file, std::ios::binary) << questions[i].bytes;
    command += (i == 0 ? " -echo ==== " : " -execute -echo ==== ") + questions[i].options + " " + file;
  }
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");  // NOLINT: all of its text is the test's own
  std::vector<std::string> answers;
  std::array<char, 4096> buffer{};
  while (pipe != nullptr && std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    if (buffer.data() == separator) {
      answers.emplace_back();
    } else if (!answers.empty()) {
      answers.back() += buffer.data();
    }
  }
  if (pipe != nullptr) ::pclose(pipe);
  return answers;
}

const std::string all_tags = "-a -G1 -s -x System:all -x File:all -x Composite:all -x ExifTool:all";

}  // namespace

TEST_CASE("exiftool reads the same from input and output, but for what was asked") {
  if (!has_exiftool()) skip("exiftool is not installed");
  const std::string input =
      jpeg_with(plain_jpeg(64, 48, 40),
                jpeg_segment(0xE1, "Exif\0\0"s + exif_block({.thumbnail = plain_jpeg(160, 120, 40)})) +
                    jpeg_segment(0xFE, "a comment"));
  const std::string output = plain_jpeg(64, 48, 200);
  const std::string carried = carry(input, output, {}).bytes;
  const std::string texts = carry(input, output, {.copyright = "\xC2\xA9 R", .artist = "New"}).bytes;
  const std::string but_thumbnail = all_tags + " -x IFD1:all";
  const std::string but_texts = but_thumbnail + " -x Artist -x Copyright -x XMP:all";
  const auto answers = ask_exiftool({{input, but_thumbnail},
                                     {carried, but_thumbnail},
                                     {texts, "-s3 -IFD0:Artist -IFD0:Copyright -XMP-dc:Rights"},
                                     {texts, "-validate -warning -s3"},
                                     {input, but_texts},
                                     {texts, but_texts}});
  REQUIRE(answers.size() == 6);
  CHECK(answers[0].find("[ExifIFD]") != std::string::npos);
  CHECK(answers[1] == answers[0]);
  CHECK(answers[2] == "New\n\xC2\xA9 R\n\xC2\xA9 R\n");
  CHECK(answers[3].find("Error") == std::string::npos);
  CHECK(answers[4].find("[ExifIFD]") != std::string::npos);
  CHECK(answers[5] == answers[4]);
}
