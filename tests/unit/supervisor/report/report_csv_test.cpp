#include "supervisor/report/report_csv.h"

#include <algorithm>
#include <string>

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("a cell is quoted where it must be, and never a formula") {
  CHECK(csv_cell("") == "");
  CHECK(csv_cell("plain text; 5%") == "plain text; 5%");
  CHECK(csv_cell("a,b") == "\"a,b\"");
  CHECK(csv_cell("say \"x\"") == "\"say \"\"x\"\"\"");
  CHECK(csv_cell("two\nlines") == "\"two\nlines\"");
  CHECK(csv_cell("two\rlines") == "\"two\rlines\"");
  CHECK(csv_cell("=1+1") == "'=1+1");
  CHECK(csv_cell("+1") == "'+1");
  CHECK(csv_cell("-1") == "'-1");
  CHECK(csv_cell("@SUM(A1)") == "'@SUM(A1)");
  CHECK(csv_cell("\t=1") == "'\t=1");
  CHECK(csv_cell("\r=1") == "\"'\r=1\"");
  CHECK(csv_cell("=HYPERLINK(\"x\",\"y\")") == "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
}

TEST_CASE("a row has as many cells as the heading, and ends in CR and LF") {
  const InputHistory input{.input = "/in/a.jpg",
                           .output = "a.jpg",
                           .state = RecordedState::failed,
                           .size = 10,
                           .run = 3,
                           .failure = Failure{FailureKind::corrupt, "bad"},
                           .elapsed_us = 1500};
  const std::string row = csv_row(input, "/out");
  CHECK(std::ranges::count(row, ',') == std::ranges::count(csv_heading(), ','));
  CHECK(row == "/in/a.jpg,/out/a.jpg,,failed,corrupt,bad,0,0.001500,10,,,,,3,,,,\r\n");
  CHECK(csv_heading().ends_with(",crash\r\n"));
}

TEST_CASE("paths that are not UTF-8 are percent-encoded, both of a row") {
  const InputHistory input{.input = "/in/\xff.jpg", .output = "a b.jpg"};
  CHECK(csv_row(input, "/out").starts_with("/in/%FF.jpg,/out/a b.jpg,percent,pending,"));
  const std::string nul{"/in/\0.jpg", 9};
  CHECK(csv_row({.input = nul, .output = "b"}, "/out").starts_with("/in/%00.jpg,/out/b,percent,"));
  CHECK(csv_row({.input = "/in/\xC3\xA4.jpg", .output = "=b"}, "").starts_with("/in/\xC3\xA4.jpg,./=b,,"));
}

}  // namespace
}  // namespace wm
