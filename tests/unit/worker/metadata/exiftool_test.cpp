// What another reader of metadata says. Skipped where exiftool is not installed.

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/unit/worker/metadata/sample_files.h"

using namespace wm::metadata;
using namespace wm::test;

namespace {

bool has_exiftool() {
  return std::system("exiftool -ver >/dev/null 2>&1") == 0;
}  // NOLINT: a fixed command

std::string exiftool(const std::string& bytes, const std::string& options) {
  std::string path = "/tmp/wm-exiftool-XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) return "no file";
  ::close(fd);
  std::ofstream(path, std::ios::binary) << bytes;
  const std::string command = "exiftool " + options + " " + path + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");  // NOLINT: no stranger's text in it
  std::string text;
  std::array<char, 4096> buffer{};
  while (pipe != nullptr && std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  if (pipe != nullptr) ::pclose(pipe);
  ::unlink(path.c_str());
  return text;
}

const std::string all_tags = "-a -G1 -s -x System:all -x File:all -x Composite:all -x ExifTool:all";

}  // namespace

TEST_CASE("exiftool reads the same from input and output, but for what was asked") {
  if (!has_exiftool()) {
    WARN("exiftool is not installed");
    return;
  }
  const std::string input =
      jpeg_with(plain_jpeg(64, 48, 40),
                jpeg_segment(0xE1, "Exif\0\0"s + exif_block({.thumbnail = plain_jpeg(160, 120, 40)})) +
                    jpeg_segment(0xFE, "a comment"));
  const std::string output = plain_jpeg(64, 48, 200);
  const std::string thumbnail = " -x IFD1:all";
  CHECK(exiftool(carry(input, output, {}).bytes, all_tags + thumbnail) ==
        exiftool(input, all_tags + thumbnail));
  const std::string texts = carry(input, output, {.copyright = "\xC2\xA9 R", .artist = "New"}).bytes;
  CHECK(exiftool(texts, "-s3 -IFD0:Artist -IFD0:Copyright -XMP-dc:Rights") ==
        "New\n\xC2\xA9 R\n\xC2\xA9 R\n");
  CHECK(exiftool(texts, "-validate -warning -s3").find("Error") == std::string::npos);
  const std::string others = all_tags + thumbnail + " -x Artist -x Copyright -x XMP:all";
  CHECK(exiftool(texts, others) == exiftool(input, others));
}
