#include "worker/marks/mark_cache.h"

#include "tests/support/catch.h"

using namespace wm;

namespace {

PreparedMark mark_of(std::size_t bytes) {
  PreparedMark mark;
  mark.colours.resize(bytes);
  return mark;
}

MarkKey key_of(std::size_t mark) {
  MarkKey key;
  key.mark = mark;
  return key;
}

}  // namespace

TEST_CASE("a mark is made once for as long as it is kept") {
  MarkCache cache(100);
  int made = 0;
  const auto get = [&](std::size_t key) {
    return cache.get(key_of(key), [&] {
      ++made;
      return mark_of(40);
    });
  };
  const auto first = get(1);
  CHECK(get(1) == first);
  get(2);
  CHECK(made == 2);
  get(1);
  get(3);  // 120 bytes: the least recently used, 2, goes
  CHECK(made == 3);
  get(1);
  CHECK(made == 3);
  get(2);
  CHECK(made == 4);
  CHECK(cache.bytes() == 80);
}

TEST_CASE("one mark that is larger than the bound is kept beside the others") {
  MarkCache cache(100);
  int made = 0;
  const auto get = [&](std::size_t key, std::size_t bytes) {
    return cache.get(key_of(key), [&] {
      ++made;
      return mark_of(bytes);
    });
  };
  const auto small = get(0, 60);
  const auto large = get(1, 800);
  CHECK(large->memory() == 800);
  CHECK(get(1, 800) == large);
  CHECK(get(0, 60) == small);
  CHECK(made == 2);
  CHECK(cache.bytes() == 60);

  CHECK(get(2, 500)->memory() == 500);
  get(2, 500);
  CHECK(made == 3);
  CHECK(get(1, 800) != large);
  CHECK(made == 4);
  CHECK(get(0, 60) == small);

  SECTION("but none that is larger than eight times the bound") {
    get(3, 801);
    get(3, 801);
    CHECK(made == 6);
    get(1, 800);
    CHECK(made == 6);
  }
}

TEST_CASE("marks that differ in anything are different marks") {
  MarkKey key;
  for (int i = 0; i < 7; ++i) {
    MarkKey other;
    if (i == 0) other.size = {1, 2};
    if (i == 1) other.orientation = Orientation(6);
    if (i == 2) other.layout.type = SampleType::u16;
    if (i == 3) other.profile_hash = 1;
    if (i == 4) other.font_reference = 1;
    if (i == 5) other.inverted = true;
    if (i == 6) other.content = 1;
    CHECK_FALSE(key == other);
  }
}
