#include "worker/jpeg/huffman_code.h"

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/jpeg_maker.h"
#include "worker/jpeg/damaged_jpeg.h"

using namespace wm;

namespace {

jpeg::HuffmanDefinition definition(std::array<std::uint8_t, 17> counts, const std::string& values) {
  return {.counts = counts, .values = test::as_bytes(values)};
}

}  // namespace

TEST_CASE("codes are canonical") {
  const std::string values = "abcd";
  const auto codes = jpeg::codes_of(definition({0, 0, 1, 2, 0, 1}, values));
  REQUIRE(codes.size() == 4);
  CHECK(codes[0].bits == 0b00);
  CHECK(codes[1].bits == 0b010);
  CHECK(codes[2].bits == 0b011);
  CHECK(codes[3].bits == 0b10000);
  CHECK(codes[3].length == 5);
  CHECK(codes[3].symbol == 'd');
}

TEST_CASE("more codes of a length than there can be are damage") {
  const std::string values = "abc";
  CHECK_THROWS_AS(jpeg::codes_of(definition({0, 3}, values)), jpeg::DamagedJpeg);
  CHECK_THROWS_AS(jpeg::codes_of(definition({0, 2, 1}, values)), jpeg::DamagedJpeg);
}

TEST_CASE("every code is looked up, short or long, and what is none is damage") {
  // One code of each length: 0, 10, 110, ...
  std::string values;
  std::array<std::uint8_t, 17> counts{};
  for (std::uint8_t i = 1; i <= 16; ++i) {
    counts[i] = 1;
    values += static_cast<char>(i);
  }
  const auto codes = jpeg::codes_of(definition(counts, values));
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

TEST_CASE("left-over codes are given out in order, and never the one of ones only") {
  const std::string values = "abc";
  jpeg::CodeTable table(jpeg::codes_of(definition({0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, values)));
  // 0, 10, 11000000000000: the next one of 16 bits is 1100000000000100.
  REQUIRE(table.add(7));
  CHECK(table.code(7).bits == 0b1100000000000100);
  CHECK(table.code(7).length == 16);
  CHECK(table.add('a'));
  CHECK(table.added() == std::vector<std::uint8_t>{7});

  jpeg::CodeTable full(jpeg::codes_of(definition({0, 1, 1, 1}, values)));
  int added = 0;
  for (int symbol = 0; symbol < 256; ++symbol) added += full.add(static_cast<std::uint8_t>(symbol)) ? 1 : 0;
  CHECK(added == 256);  // 2^13 - 1 are left over
  CHECK(full.code(255).bits < 0xffff);

  std::array<std::uint8_t, 17> counts{};
  std::string sixteen;
  for (std::uint8_t i = 1; i <= 16; ++i) {
    counts[i] = 1;
    sixteen += static_cast<char>(i);
  }
  jpeg::CodeTable none(jpeg::codes_of(definition(counts, sixteen)));
  CHECK_FALSE(none.add(99));
}
