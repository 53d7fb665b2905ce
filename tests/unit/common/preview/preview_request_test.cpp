#include "common/preview/preview_request.h"

#include "common/os/memory_file.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("a question for a preview comes over whole, bytes that are no text included") {
  const PreviewRequest cell{
      .kind = PreviewKind::cell, .input = "/a\xFF\n/b", .counter = 1ULL << 40U, .pictures = 9, .cells = {}};
  CHECK(preview_request_from(to_sealed_file(cell).get()) == cell);
  const PreviewRequest thumbnail{.kind = PreviewKind::thumbnail, .input = "/a.jpg", .cells = {}};
  CHECK(preview_request_from(to_sealed_file(thumbnail).get()) == thumbnail);
  const PreviewRequest recipe{.kind = PreviewKind::recipe, .input = {}, .cells = {}};
  CHECK(preview_request_from(to_sealed_file(recipe).get()) == recipe);
  const PreviewRequest sheet{
      .kind = PreviewKind::sheet,
      .input = {},
      .pictures = 100,
      .cells = {{.caption = "a\xFF", .problem = {}, .picture = bytes_of(std::string("\0\xFF", 2))},
                {.caption = "", .problem = "broken", .picture = {}}}};
  CHECK(preview_request_from(to_sealed_file(sheet).get()) == sheet);
}

TEST_CASE("a question that makes no sense is refused") {
  CHECK_THROWS(preview_request_from(create_sealed_file("x", bytes_of("\xA1")).get()));
  CHECK_THROWS(preview_request_from(create_sealed_file("x", {}).get()));
  CHECK_THROWS(preview_request_from(to_sealed_file({.pictures = 101}).get()));
  CHECK_THROWS(preview_request_from(to_sealed_file({.pictures = 0}).get()));
  CHECK_THROWS(preview_request_from(to_sealed_file({.kind = static_cast<PreviewKind>(7)}).get()));
}

TEST_CASE("an answer comes over whole") {
  const PreviewAnswer picture = preview_answer_from(
      to_bytes({.kind = PreviewAnswer::Kind::picture, .bytes = bytes_of("PNG"), .text = "not told"}));
  CHECK(picture.kind == PreviewAnswer::Kind::picture);
  CHECK(picture.bytes == bytes_of("PNG"));
  CHECK(picture.text.empty());
  for (const auto kind : {PreviewAnswer::Kind::failed, PreviewAnswer::Kind::recipe}) {
    const PreviewAnswer answer = preview_answer_from(to_bytes({.kind = kind, .bytes = {}, .text = "why"}));
    CHECK(answer.kind == kind);
    CHECK(answer.text == "why");
  }
}

TEST_CASE("an answer that makes no sense is refused, and no endless reason is taken") {
  CHECK_THROWS(preview_answer_from({}));
  CHECK_THROWS(preview_answer_from(bytes_of("X")));
  CHECK_THROWS(preview_answer_from(bytes_of("F" + std::string(5000, 'x'))));
  const std::string endless(10'000, 'x');
  CHECK(preview_answer_from(to_bytes({.text = endless})).text == endless.substr(0, 4096));
}

}  // namespace
}  // namespace wm
