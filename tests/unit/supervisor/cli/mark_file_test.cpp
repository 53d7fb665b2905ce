#include "supervisor/cli/mark_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using namespace std::string_view_literals;

std::string_view format_of(std::string_view bytes) {
  return picture_format(std::as_bytes(std::span(bytes)));
}

TEST_CASE("picture formats are told by their first bytes") {
  CHECK(format_of("\x89PNG\r\n\x1A\n...") == "PNG");
  CHECK(format_of("\xFF\xD8\xFF\xE0") == "JPEG");
  CHECK(format_of("RIFF\1\2\3\4WEBPVP8 ") == "WebP");
  CHECK(format_of("GIF89a") == "GIF");
  CHECK(format_of("II*\0...."sv) == "TIFF");
  CHECK(format_of("MM\0*"sv) == "TIFF");
  CHECK(format_of("\0\0\0\x1C"
                  "ftypavif"sv) == "AVIF/HEIF");
  CHECK(format_of("\0\0\0\x1C"
                  "ftypheic"sv) == "AVIF/HEIF");
  CHECK(format_of("<svg xmlns='http://www.w3.org/2000/svg'/>") == "SVG");
  CHECK(format_of("\xEF\xBB\xBF\n <?xml version='1.0'?>\n<svg/>") == "SVG");
  for (const auto none : {""sv, "P"sv, "\x89PN"sv, "RIFF\1\2\3\4WAVE"sv,
                          "\0\0\0\x1C"
                          "ftypmp42"sv,
                          "<html></html>"sv, "#!/bin/sh <svg"sv, "BM"sv}) {
    CHECK(format_of(none).empty());
  }
}

TEST_CASE("a logo's bytes are read whole") {
  const TempDir tree;
  const std::string contents = "\x89PNG\r\n\x1A\n" + std::string(200'000, 'x');
  const auto bytes = read_logo(tree.file("logo.png", contents), "--logo logo.png");
  CHECK(bytes.size() == contents.size());
  CHECK(bytes.back() == std::byte{'x'});
}

TEST_CASE("a logo that cannot be used is refused with the reason") {
  const TempDir tree;
  const auto refusal = [](const std::string& path) {
    try {
      (void)read_logo(path, "--logo F");
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refusal(tree / "none.png") == "--logo F: No such file or directory");
  CHECK(refusal(tree.path()) == "--logo F: is a directory, not a picture file");
  CHECK(refusal(tree.file("empty.png", "")) == "--logo F: is empty");
  CHECK(refusal(tree.file("text.png", "hello")) ==
        "--logo F: is not a picture (PNG, JPEG, WebP, GIF, TIFF, AVIF, HEIF or SVG)");
  CHECK(refusal("/dev/null") == "--logo F: is not a regular file");
  REQUIRE(::mkfifo((tree / "pipe.png").c_str(), 0600) == 0);
  CHECK(refusal(tree / "pipe.png") == "--logo F: is not a regular file");
  const std::string large = tree.file("large.png", "\x89PNG\r\n\x1A\n");
  std::filesystem::resize_file(large, (64U << 20U) + 1);
  CHECK(refusal(large) == "--logo F: is larger than 64 MiB, too large for a logo");
  if (::geteuid() == 0) test::skip("root reads everything");
  const std::string secret = tree.file("secret.png", "\x89PNG\r\n\x1A\n");
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  CHECK(refusal(secret) == "--logo F: Permission denied");
}

}  // namespace
}  // namespace wm
