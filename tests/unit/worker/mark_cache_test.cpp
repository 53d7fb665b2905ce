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

TEST_CASE("a mark larger than the whole cache is made and not kept") {
  MarkCache cache(100);
  CHECK(cache.get(key_of(1), [] { return mark_of(500); })->memory() == 500);
  CHECK(cache.bytes() == 0);
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
