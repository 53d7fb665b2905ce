#include "supervisor/cli/value_parsers.h"

#include "supervisor/cli/bad_value.h"
#include "tests/support/catch.h"

#include <array>
#include <limits>
#include <vector>

namespace wm {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr auto px = Length::Unit::pixels;
constexpr auto percent = Length::Unit::percent;

/// What no parser of a number may take.
const std::vector<std::string_view> k_no_numbers{
    "",  " ", "x", "nan",   "inf", "-inf", "1e3", "0x10", "1 ",  " 1",    "1,5x", "--1", "+-1", "1.2.3",
    ".", "-", "+", "1\0"sv, "1\n", "\xFF", "%",   "px",   "1%%", "1pxpx", "1p",   "5 %", "١"};

TEST_CASE("whole numbers are taken whole and within their limits") {
  CHECK(parse_whole("1", 1, 1024) == 1);
  CHECK(parse_whole("1024", 1, 1024) == 1024);
  CHECK(parse_whole("007", 1, 1024) == 7);
  for (const auto bad : {"0", "1025", "-1", "+1", "1.0", "99999999999999999999999"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_whole(bad, 1, 1024), BadValue);
  }
  for (const auto bad : k_no_numbers) CHECK_THROWS_AS(parse_whole(bad, 0, 1024), BadValue);
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
  for (const auto bad : k_no_numbers) CHECK_THROWS_AS(parse_duration(bad), BadValue);
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
  for (const auto bad : k_no_numbers) CHECK_THROWS_AS(parse_size(bad), BadValue);
}

TEST_CASE("font sizes are pixels or per cent, and more than nothing") {
  CHECK(parse_font_size("48") == Length{48, px});
  CHECK(parse_font_size("48px") == Length{48, px});
  CHECK(parse_font_size("5%") == Length{5, percent});
  CHECK(parse_font_size("2.5%") == Length{2.5, percent});
  for (const auto bad : {"0", "0%", "-5", "101%", "10001", "48pt", "48 px"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_font_size(bad), BadValue);
  }
  for (const auto bad : k_no_numbers) CHECK_THROWS_AS(parse_font_size(bad), BadValue);
}

TEST_CASE("offsets are two lengths, or one for both") {
  const auto same = [](const Offset& offset, Length x, Length y) { return offset.x == x && offset.y == y; };
  CHECK(same(parse_offset("16,20"), {16, px}, {20, px}));
  CHECK(same(parse_offset("-10,-2%"), {-10, px}, {-2, percent}));
  CHECK(same(parse_offset("10"), {10, px}, {10, px}));
  CHECK(same(parse_offset("+3px,.5%"), {3, px}, {0.5, percent}));
  for (const auto bad : {"1,", ",1", ",", "1,2,3", "1;2", "101%", "-101%,0", "2000000", "1, 2"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_offset(bad), BadValue);
  }
  for (const auto bad : k_no_numbers) CHECK_THROWS_AS(parse_offset(bad), BadValue);
}

TEST_CASE("a scale is a part of the picture, and a forgotten per cent sign is found") {
  CHECK(parse_scale("15%") == 0.15);
  CHECK(parse_scale("0.15") == 0.15);
  CHECK(parse_scale("120%") == 1.2);
  CHECK(parse_scale("1000%") == 10);
  for (const auto bad : {"0", "0%", "-5%", "15", "1001%", "15px"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_scale(bad), BadValue);
  }
  for (const auto bad : k_no_numbers) CHECK_THROWS_AS(parse_scale(bad), BadValue);
}

TEST_CASE("opacity goes from 0 to 1") {
  CHECK(parse_opacity("0") == 0);
  CHECK(parse_opacity("1") == 1);
  CHECK(parse_opacity(".25") == 0.25);
  for (const auto bad : {"1.01", "-0.1", "50%", "50", "-0"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_opacity(bad), BadValue);
  }
  for (const auto bad : k_no_numbers) CHECK_THROWS_AS(parse_opacity(bad), BadValue);
}

TEST_CASE("colours are hexadecimal or basic names") {
  CHECK(parse_colour("#abc") == Colour{0xAA, 0xBB, 0xCC, 255});
  CHECK(parse_colour("#0102Fe") == Colour{1, 2, 254, 255});
  CHECK(parse_colour("#01020380") == Colour{1, 2, 3, 128});
  CHECK(parse_colour("white") == Colour{255, 255, 255, 255});
  CHECK(parse_colour("Navy") == Colour{0, 0, 128, 255});
  for (const auto bad :
       {"", "#", "#ab", "#abcd", "#abcde", "#gggggg", "#-12345", "abcdef", "whit", "#+12", "# 12"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_colour(bad), BadValue);
  }
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

TEST_CASE("endings lose their dot and their case") {
  CHECK(parse_extensions("jpg,.PNG,Tiff") == std::vector<std::string>{"jpg", "png", "tiff"});
  for (const auto bad : {"", ",", "jpg,", ",jpg", ".", "jpg,,png", "*.jpg", "a/b", "jpg png", "tar.gz"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_extensions(bad), BadValue);
  }
}

TEST_CASE("a mark's text is visible UTF-8") {
  CHECK(parse_mark_text("© Ada\nLovelace") == "© Ada\nLovelace");
  CHECK(parse_mark_text("{curly} {") == "{curly} {");
  for (const auto bad : {""sv, " \n\t"sv, "\xFF"sv, "a\x1B[0m"sv, "a\0b"sv}) {
    CHECK_THROWS_AS(parse_mark_text(bad), BadValue);
  }
  CHECK_THROWS_AS(parse_mark_text(std::string(4097, 'x')), BadValue);
}

TEST_CASE("variables of later versions are refused, not drawn") {
  for (const std::string name :
       {"{filename}", "{stem}", "{date}", "{counter}", "{exif:Artist}", "{date:%Y}"}) {
    CHECK_THROWS_WITH(parse_mark_text("a {b} " + name + " c"),
                      "variables such as " + name + " are not available in this version");
  }
}

TEST_CASE("numbers survive their text") {
  for (const double number : {0.0, 1.0, 0.1, 0.15, 1e-7, 1.0 / 3, 12345.678, 0.30000000000000004}) {
    CAPTURE(number);
    CHECK(parse_opacity(to_text(number > 1 ? 1 / number : number)) == (number > 1 ? 1 / number : number));
  }
  CHECK(to_text(1) == "1");
  CHECK(to_text(0.15) == "0.15");
  CHECK(to_text(1e-7) == "0.0000001");
  CHECK(to_text(std::numeric_limits<double>::max()).size() > 300);
  CHECK_NOTHROW(to_text(std::numeric_limits<double>::denorm_min()));
}

}  // namespace
}  // namespace wm
