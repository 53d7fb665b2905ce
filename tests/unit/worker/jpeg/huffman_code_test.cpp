#include "worker/jpeg/huffman_code.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/written_table.h"
#include "worker/jpeg/damaged_jpeg.h"

using namespace wm;

namespace {

/// `counts` of codes of 1, 2, ... bits for the characters of `symbols`.
std::vector<jpeg::Code> codes_of(const std::vector<std::uint8_t>& counts, const std::string& symbols) {
  return test::WrittenTable{counts, {symbols.begin(), symbols.end()}}.codes();
}

/// Of all 16 lengths, for the symbols 1, 2, 3, ...
std::vector<jpeg::Code> staircase_codes() {
  std::vector<std::uint8_t> symbols(16);
  std::iota(symbols.begin(), symbols.end(), std::uint8_t{1});
  return test::staircase(symbols).codes();
}

}  // namespace

TEST_CASE("codes are canonical") {
  const auto codes = codes_of({0, 1, 2, 0, 1}, "abcd");
  REQUIRE(codes.size() == 4);
  CHECK(codes[0].bits == 0b00);
  CHECK(codes[1].bits == 0b010);
  CHECK(codes[2].bits == 0b011);
  CHECK(codes[3].bits == 0b10000);
  CHECK(codes[3].length == 5);
  CHECK(codes[3].symbol == 'd');
}

TEST_CASE("more codes of a length than there can be are damage") {
  CHECK_THROWS_AS(codes_of({3}, "abc"), jpeg::DamagedJpeg);
  CHECK_THROWS_AS(codes_of({2, 1}, "abc"), jpeg::DamagedJpeg);
}

TEST_CASE("every code is looked up, short or long, and what is none is damage") {
  const auto codes = staircase_codes();
  const jpeg::SymbolTable table(codes);
  for (const jpeg::Code& code : codes) {
    for (const std::uint64_t rest : {std::uint64_t{0}, ~std::uint64_t{0}}) {
      const std::uint64_t window = (std::uint64_t{code.bits} << (64 - code.length)) | rest >> code.length;
      CHECK(table.decode(window).length == code.length);
      CHECK(table.decode(window).symbol == code.symbol);
    }
  }
  CHECK_THROWS_AS(table.decode(~std::uint64_t{0}), jpeg::DamagedJpeg);
}

TEST_CASE("no step over coefficients passes for the end of a block") {
  // Runs of sixteen and of fifteen zeros in codes so short that a step has room for many, and no end of
  // block.
  const jpeg::StepTable table(codes_of({1, 1}, "\xF0\xE1"));
  unsigned longest = 0;
  for (std::uint64_t index = 0; index < (1U << jpeg::StepTable::index_bits); ++index) {
    const auto step = table.step(index << (64 - jpeg::StepTable::index_bits));
    longest = std::max<unsigned>(longest, step.advance);
  }
  CHECK(longest == jpeg::StepTable::longest_advance);
  constexpr unsigned last_coefficient_before_a_step = 62;
  CHECK(last_coefficient_before_a_step + longest < jpeg::StepTable::end_of_block);
}

TEST_CASE("left-over codes are given out in order, and never the one of ones only") {
  const auto roomy = codes_of({1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "abc");
  jpeg::CodeTable table(roomy);
  // 0, 10, 11000000000000: the next one of 16 bits is 1100000000000100.
  CHECK(table.code_for(7).bits == 0b1100000000000100);
  CHECK(table.code(7).length == 16);
  CHECK(table.code_for('a').length == 1);
  CHECK(table.added() == std::vector<std::uint8_t>{7});
  CHECK(table.lacking().empty());

  jpeg::CodeTable all(codes_of({1, 1, 1}, "abc"));
  for (int symbol = 0; symbol < 256; ++symbol)
    static_cast<void>(all.code_for(static_cast<std::uint8_t>(symbol)));
  CHECK(all.added().size() == 253);  // 2^13 - 1 are left over
  CHECK(all.code(255).bits < 0xffff);

  jpeg::CodeTable full(staircase_codes());
  CHECK(full.code_for(99).length == 16);
  CHECK(full.added().empty());
  CHECK(full.lacking() == std::vector<std::uint8_t>{99});
}

TEST_CASE("a full table makes its longest codes longer, and stays a code") {
  const auto codes = staircase_codes();
  for (const std::size_t count : {1U, 2U, 5U, 60U, 200U}) {
    std::vector<std::uint8_t> more;
    for (std::size_t i = 0; i < count; ++i) more.push_back(static_cast<std::uint8_t>(40 + i));
    const jpeg::CodeTable table(codes, more);
    CHECK(table.added() == more);
    CHECK(table.lacking().empty());
    // No string of 16 bits begins with two codes.
    std::size_t twice = 0;
    std::vector<bool> strings(65536);
    for (const jpeg::Code& code : table.in_order()) {
      const std::uint32_t first = std::uint32_t{code.bits} << (16 - code.length);
      for (std::uint32_t i = 0; i < 1U << (16 - code.length); ++i) {
        if (strings[first + i]) ++twice;
        strings[first + i] = true;
      }
    }
    CHECK(twice == 0);
    CHECK_FALSE(strings[0xffff]);
    CHECK(table.in_order().size() == codes.size() + count);
    // Short codes stay, and those that do not are reported.
    for (const jpeg::Code& code : codes) {
      const jpeg::Code now = table.code(code.symbol);
      const auto& changed = table.changed();
      const bool listed = std::find(changed.begin(), changed.end(), code.symbol) != changed.end();
      CHECK(listed == (now.length != code.length || now.bits != code.bits));
      if (code.length <= 6) CHECK_FALSE(listed);
    }
  }
}

TEST_CASE("there is no room for more symbols than there are codes of 16 bits") {
  const std::vector<std::uint8_t> too_many(65535, 9);
  CHECK_THROWS_AS(jpeg::CodeTable(codes_of({1}, "a"), too_many), jpeg::MissingCode);
}
