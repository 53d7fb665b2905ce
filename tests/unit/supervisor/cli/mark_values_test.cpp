#include "supervisor/cli/mark_values.h"

#include <cmath>
#include <limits>

#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/number_with_unit.h"
#include "tests/support/catch.h"
#include "tests/unit/supervisor/cli/no_numbers.h"

namespace wm {
namespace {

using namespace std::string_view_literals;

constexpr auto px = Length::Unit::pixels;
constexpr auto percent = Length::Unit::percent;

TEST_CASE("font sizes are pixels or per cent, and more than nothing") {
  CHECK(parse_font_size("48") == Length{48, px});
  CHECK(parse_font_size("48px") == Length{48, px});
  CHECK(parse_font_size("5%") == Length{5, percent});
  CHECK(parse_font_size("2.5%") == Length{2.5, percent});
  for (const auto bad : {"0", "0%", "-5", "101%", "10001", "48pt", "48 px"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_font_size(bad), BadValue);
  }
  for (const auto bad : no_numbers) CHECK_THROWS_AS(parse_font_size(bad), BadValue);
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
  for (const auto bad : no_numbers) CHECK_THROWS_AS(parse_offset(bad), BadValue);
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
  for (const auto bad : no_numbers) CHECK_THROWS_AS(parse_scale(bad), BadValue);
}

TEST_CASE("opacity goes from 0 to 1") {
  CHECK(parse_opacity("0") == 0);
  CHECK(parse_opacity("1") == 1);
  CHECK(parse_opacity(".25") == 0.25);
  for (const auto bad : {"1.01", "-0.1", "50%", "50", "-0"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_opacity(bad), BadValue);
  }
  for (const auto bad : no_numbers) CHECK_THROWS_AS(parse_opacity(bad), BadValue);
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

TEST_CASE("a mark's text is visible UTF-8") {
  CHECK(parse_mark_text("© Ada\nLovelace") == "© Ada\nLovelace");
  CHECK(parse_mark_text("{{curly}} {stem}") == "{{curly}} {stem}");
  for (const auto bad : {""sv, " \n\t"sv, "\xFF"sv, "a\x1B[0m"sv, "a\0b"sv}) {
    CHECK_THROWS_AS(parse_mark_text(bad), BadValue);
  }
  CHECK_THROWS_AS(parse_mark_text(std::string(4097, 'x')), BadValue);
}

TEST_CASE("a variable that does not exist is refused by name") {
  CHECK_THROWS_WITH(parse_mark_text("a {b} c"), Catch::Matchers::Contains("{b} is no variable"));
  CHECK_THROWS_AS(parse_mark_text("a { b"), BadValue);
}

TEST_CASE("a rotation is degrees within a turn") {
  CHECK(parse_rotation("-30") == -30);
  CHECK(parse_rotation("12.5deg") == 12.5);
  CHECK_FALSE(std::signbit(parse_rotation("-0")));
  for (const auto bad : {"361", "-361", "30%", "1rad"}) CHECK_THROWS_AS(parse_rotation(bad), BadValue);
  for (const auto bad : no_numbers) CHECK_THROWS_AS(parse_rotation(bad), BadValue);
}

TEST_CASE("gaps are lengths that do not turn the order of copies") {
  CHECK(parse_gap("40").y == Length{40, px});
  CHECK(parse_gap("50%,100%").x == Length{50, percent});
  CHECK(parse_gap("-50%").x == Length{-50, percent});
  for (const auto bad : {"-1", "-91%", "1,2,3", "10001%"}) CHECK_THROWS_AS(parse_gap(bad), BadValue);
}

TEST_CASE("a stroke is a width, a colour or both") {
  CHECK(parse_stroke("2px,#ff0000") == Stroke{.width = {2, px}, .colour = {255, 0, 0, 255}});
  CHECK(parse_stroke("5%") == Stroke{.width = {5, percent}});
  CHECK(parse_stroke("navy") == Stroke{.colour = {0, 0, 128, 255}});
  for (const auto bad : {"0", "-1,black", "2,", ",black", "2,black,3", "black,2", "2000%", ""}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_stroke(bad), BadValue);
  }
}

TEST_CASE("a shadow takes a place, a blur and a colour, each with a default") {
  CHECK(parse_shadow("true") == Shadow{});
  CHECK(parse_shadow("red") == Shadow{.colour = {255, 0, 0, 255}});
  CHECK(parse_shadow("1,-2") == Shadow{.x = {1, px}, .y = {-2, px}});
  CHECK(parse_shadow("1,2,0") == Shadow{.x = {1, px}, .y = {2, px}, .blur = {0, px}});
  CHECK(parse_shadow("1%,2%,3%,#01020304") ==
        Shadow{.x = {1, percent}, .y = {2, percent}, .blur = {3, percent}, .colour = {1, 2, 3, 4}});
  for (const auto bad : {"1", "1,2,-3", "1,2,3,4", "red,1", "1,red", ",", "false"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_shadow(bad), BadValue);
  }
}

TEST_CASE("a colour key has a tolerance in per cent") {
  CHECK(parse_colour_key("white") == ColourKey{.colour = {255, 255, 255, 255}, .tolerance = 0.1});
  CHECK(parse_colour_key("#0f0,15%") == ColourKey{.colour = {0, 255, 0, 255}, .tolerance = 0.15});
  for (const auto bad : {"", "white,15", "white,101%", "white,-1%", "15%"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_colour_key(bad), BadValue);
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

TEST_CASE("a font is named on one line") {
  CHECK(parse_font("DejaVu Sans Bold") == "DejaVu Sans Bold");
  CHECK_THROWS_AS(parse_font("a\nb"), BadValue);
  CHECK_THROWS_AS(parse_font("\xFF"), BadValue);
}

}  // namespace
}  // namespace wm
