#include "worker/jpeg/mark_plane_cache.h"

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/jpeg_maker.h"
#include "tests/unit/worker/jpeg/support/marks.h"

using namespace wm;
using namespace wm::test;

namespace {

jpeg::ScanGeometry geometry_of_picture() {
  return jpeg::geometry_of(jpeg::read_header(make_jpeg({.width = 200, .height = 200})).frame);
}

}  // namespace

TEST_CASE("planes are made once for as long as they are kept, and one mark's that are larger beside them") {
  const jpeg::ScanGeometry geometry = geometry_of_picture();
  const auto small = disc_mark(8, 8, 3);
  const auto large = disc_mark(160, 112, 3);
  const auto larger = disc_mark(160, 160, 3);
  const auto bytes_of = [&](const std::shared_ptr<const PreparedMark>& mark) {
    const auto phase = jpeg::phase_of(geometry, mark->size, {3, 5});
    return jpeg::make_planes(*mark, phase, geometry, jpeg::ColourModel::ycc).bytes() + mark->memory();
  };
  jpeg::MarkPlaneCache cache((bytes_of(large) + 7) / 8);
  REQUIRE(bytes_of(small) * 8 < bytes_of(large));
  const auto get = [&](const std::shared_ptr<const PreparedMark>& mark, Point position) {
    return cache.get(mark, jpeg::phase_of(geometry, mark->size, position), geometry, jpeg::ColourModel::ycc);
  };
  const auto of_small = get(small, {3, 5});
  const auto of_large = get(large, {3, 5});
  CHECK(get(small, {3, 5}) == of_small);
  CHECK(get(large, {3, 5}) == of_large);
  CHECK(get(small, {19, 21}) == of_small);  // the same phase
  CHECK(get(small, {4, 5}) != of_small);
  CHECK(cache.bytes() <= bytes_of(large) / 8 + 1);

  CHECK(get(larger, {3, 5}) != get(larger, {3, 5}));  // more than eight times the bound
  CHECK(get(large, {3, 5}) == of_large);
  const auto elsewhere = get(large, {4, 5});
  CHECK(get(large, {4, 5}) == elsewhere);
  CHECK(get(large, {3, 5}) != of_large);
}
