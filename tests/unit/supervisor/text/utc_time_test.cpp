#include "supervisor/text/utc_time.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

// By `date -u -d @SECONDS`.
TEST_CASE("times are written in UTC, to the second") {
  CHECK(utc_time(0) == "1970-01-01T00:00:00Z");
  CHECK(utc_time(1'709'209'845'999'999'999) == "2024-02-29T12:30:45Z");
  CHECK(compact_utc_time(1'709'209'845'000'000'000) == "20240229T123045Z");
}

}  // namespace
}  // namespace wm
