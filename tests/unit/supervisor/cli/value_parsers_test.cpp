#include "supervisor/cli/value_parsers.h"

#include <array>
#include <vector>

#include "supervisor/cli/bad_value.h"
#include "tests/support/catch.h"
#include "tests/unit/supervisor/cli/no_numbers.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

TEST_CASE("whole numbers are taken whole and within their limits") {
  CHECK(parse_whole("1", 1, 1024) == 1);
  CHECK(parse_whole("1024", 1, 1024) == 1024);
  CHECK(parse_whole("007", 1, 1024) == 7);
  for (const auto bad : {"0", "1025", "-1", "+1", "1.0", "99999999999999999999999"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_whole(bad, 1, 1024), BadValue);
  }
  for (const auto bad : no_numbers) CHECK_THROWS_AS(parse_whole(bad, 0, 1024), BadValue);
}

TEST_CASE("a choice is one of the names, and a near miss is named") {
  constexpr std::array<std::string_view, 2> names{"keep", "none"};
  CHECK(parse_choice("none", names) == 1);
  CHECK(parse_choice("KEEP", names) == 0);
  CHECK_THROWS_WITH(parse_choice("keeep", names), "expected one of keep, none; did you mean keep?");
  CHECK_THROWS_WITH(parse_choice("x", names), "expected one of keep, none");
  CHECK_THROWS_AS(parse_choice("", names), BadValue);
}

TEST_CASE("switches know two words") {
  CHECK(parse_switch("true"));
  CHECK_FALSE(parse_switch("false"));
  CHECK_THROWS_AS(parse_switch("yes"), BadValue);
}

TEST_CASE("times have units, seconds by default") {
  CHECK(parse_duration("60s") == 60s);
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("90") == 90s);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("0") == 0s);
  CHECK(parse_duration("8760h") == 8760h);
  for (const auto bad : {"-1s", "-0", "1d", "1 s", "8761h", "99999999999999999999h", "0.1ms", "1e3"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_duration(bad), BadValue);
  }
  for (const auto bad : no_numbers) CHECK_THROWS_AS(parse_duration(bad), BadValue);
}

TEST_CASE("sizes count in 1024, pixels in 1000") {
  CHECK(parse_size("512") == 512);
  CHECK(parse_size("1K") == 1024);
  CHECK(parse_size("512M") == 512ULL << 20U);
  CHECK(parse_size("1.5g") == 3ULL << 29U);
  CHECK(parse_size("1T") == 1ULL << 40U);
  CHECK(parse_pixel_count("500M") == 500'000'000);
  CHECK(parse_pixel_count("2k") == 2000);
  CHECK(parse_pixel_count("1G") == 1'000'000'000);
  for (const auto bad : {"-1", "1X", "1KB", "99999999999T", "18446744073709551616"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_size(bad), BadValue);
    CHECK_THROWS_AS(parse_pixel_count(bad), BadValue);
  }
  CHECK_THROWS_AS(parse_pixel_count("0"), BadValue);
  for (const auto bad : no_numbers) CHECK_THROWS_AS(parse_size(bad), BadValue);
}

TEST_CASE("halt says when, and at how many failures") {
  CHECK(parse_halt("never") == Halt{});
  CHECK(parse_halt("soon,fail=1%") == Halt{Halt::When::soon, 1, true});
  CHECK(parse_halt("now,fail=1") == Halt{Halt::When::now, 1, false});
  CHECK(parse_halt("soon,fail=2.5%") == Halt{Halt::When::soon, 2.5, true});
  for (const auto bad :
       {"", "now", "soon,", "soon,fail", "soon,fail=", "soon,fail=0", "soon,fail=1.5", "soon,fail=101%",
        "soon,fail=-1", "later,fail=1", "never,fail=1", "now,fail=1x", "now, fail=1", "now,fail=nan"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_halt(bad), BadValue);
  }
}

TEST_CASE("log rotation is a size and a number of files") {
  CHECK(parse_log_rotation("100M:10") == LogRotation{100U << 20U, 10});
  CHECK(parse_log_rotation("1G") == LogRotation{1U << 30U, 10});
  for (const auto bad : {"", ":", "1M:", ":3", "1M:0", "1M:1001", "0:1", "100:1", "1M:1:1", "x"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_log_rotation(bad), BadValue);
  }
}

TEST_CASE("a glob is taken as it is, and one that can match nothing is refused") {
  CHECK(parse_glob("*.{jpg,png}") == "*.{jpg,png}");
  for (const auto bad : {"[", "*.{jpg,png", "a\\", "../x"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_glob(bad), BadValue);
  }
}

TEST_CASE("extensions lose their dot and their case") {
  CHECK(parse_extensions("jpg,.PNG,Tiff") == std::vector<std::string>{"jpg", "png", "tiff"});
  for (const auto bad : {"", ",", "jpg,", ",jpg", ".", "jpg,,png", "*.jpg", "a/b", "jpg png", "tar.gz"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_extensions(bad), BadValue);
  }
}

}  // namespace
}  // namespace wm
