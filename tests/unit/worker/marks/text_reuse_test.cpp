// What text marks keep: nothing is drawn twice, and nothing piles up.

#include <unistd.h>

#include <fstream>

#include "tests/support/catch.h"
#include "tests/unit/worker/support/drawn_text.h"

using namespace wm;
using namespace wm::test;

namespace {

constexpr Size picture{300, 200};

void draw_for(TextMark& mark, std::uint64_t counter) {
  REQUIRE(mark.set_facts({.input_path = "/a/b.png", .counter = counter}));
  const Raster raster = mark.draw(picture, mark.natural_size(picture));
  REQUIRE(raster.size.width > 0);
}

#if !defined(WM_ADDRESS_SANITIZER)
long resident_bytes() {
  std::ifstream file("/proc/self/statm");
  long all = 0;
  long resident = 0;
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}
#endif

}  // namespace

TEST_CASE("a constant text is drawn once for each font size") {
  start_vips();
  const Text text = text_of("constant", 20);
  TextMark mark(text);
  CHECK(mark.renders() == 0);
  for (std::uint64_t i = 0; i < 100; ++i) draw_for(mark, i);
  CHECK(mark.renders() == 1);
  Text relative = text;
  relative.size = {10, Length::Unit::percent};
  TextMark growing(relative);
  for (const int side : {100, 200, 100, 201, 200}) {
    const Size size{side * 2, side};
    static_cast<void>(growing.draw(size, growing.natural_size(size)));
  }
  CHECK(growing.renders() == 2);  // 10 and 20 pixels
}

TEST_CASE("texts that differ have different contents, and the same text has its content again") {
  start_vips();
  const Text text = text_of("{counter}", 20);
  TextMark mark(text);
  draw_for(mark, 1);
  const std::uint64_t first = mark.content();
  draw_for(mark, 2);
  CHECK(mark.content() != first);
  draw_for(mark, 1);
  CHECK(mark.content() == first);
  CHECK(mark.renders() == 2);
}

TEST_CASE("a text without letters for a picture is not drawn") {
  start_vips();
  const Text text = text_of("{exif:Artist}", 20);
  TextMark mark(text);
  CHECK_FALSE(mark.set_facts({.input_path = "/a/b.png"}));
  CHECK(mark.set_facts(
      {.input_path = "/a/b.png", .exif = [](auto) { return std::optional<std::string>("Ada"); }}));
  CHECK(mark.set_facts(
      {.input_path = "/a/b.png", .exif = [](auto) { return std::optional<std::string>("Bob"); }}));
  CHECK_FALSE(mark.set_facts(
      {.input_path = "/a/b.png", .exif = [](auto) { return std::optional<std::string>("  "); }}));
}

#if !defined(WM_ADDRESS_SANITIZER)
TEST_CASE("ten thousand different texts need no more memory than two thousand") {
  start_vips();
  Text text = text_of("picture {counter}", 12);
  text.shadow = Shadow{};
  TextMark mark(text);
  for (std::uint64_t i = 0; i < 2'000; ++i) draw_for(mark, i);
  const long before = resident_bytes();
  for (std::uint64_t i = 2'000; i < 10'000; ++i) draw_for(mark, i);
  CHECK(mark.renders() == 10'000);
  CHECK(resident_bytes() - before < 1'000'000);
}
#endif
