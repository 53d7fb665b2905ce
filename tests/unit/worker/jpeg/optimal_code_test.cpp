#include "worker/jpeg/optimal_code.h"

#include <functional>
#include <numeric>
#include <queue>
#include <random>

#include "tests/support/catch.h"

using namespace wm;

namespace {

/// Bits of all symbols by the plain Huffman algorithm, one code left over.
std::uint64_t huffman_bits(const jpeg::SymbolCounts& counts) {
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> trees;
  trees.push(0);
  for (const std::uint32_t count : counts) {
    if (count != 0) trees.push(count);
  }
  std::uint64_t bits = 0;
  while (trees.size() > 1) {
    std::uint64_t both = trees.top();
    trees.pop();
    both += trees.top();
    trees.pop();
    bits += both;
    trees.push(both);
  }
  return bits;
}

struct Measured {
  std::uint64_t bits = 0;
  std::uint64_t room = 0;  // of 65536 codes of 16 bits, how many are taken
};

Measured measure(const jpeg::OptimalTable& table, const jpeg::SymbolCounts& counts) {
  Measured sum;
  std::size_t next = 0;
  for (unsigned length = 1; length <= 16; ++length) {
    for (unsigned i = 0; i < table.counts[length]; ++i, ++next) {
      sum.bits += std::uint64_t{length} * counts[std::to_integer<std::size_t>(table.values.at(next))];
      sum.room += 1U << (16 - length);
    }
  }
  CHECK(next == table.values.size());
  return sum;
}

}  // namespace

TEST_CASE("an optimal table codes in as few bits as Huffman's when no code has to be long") {
  std::mt19937 random(3);
  for (std::size_t used = 1; used <= 256; ++used) {
    jpeg::SymbolCounts counts{};
    for (std::size_t i = 0; i < used; ++i)
      counts[i * 7 % 256] = 1 + static_cast<std::uint32_t>(random() % 300);
    const jpeg::OptimalTable table = jpeg::optimal_table(counts);
    REQUIRE(table.values.size() == used);
    const Measured measured = measure(table, counts);
    CHECK(measured.bits == huffman_bits(counts));
    CHECK(measured.room < 65536);  // the code of ones is left over
  }
}

TEST_CASE("no code is longer than 16 bits, however rare the symbol") {
  jpeg::SymbolCounts counts{};
  std::uint32_t before = 1;
  std::uint32_t count = 1;
  for (std::size_t i = 0; i < 40; ++i) {
    counts[i] = count;
    count = std::exchange(before, count) + before;
  }
  const jpeg::OptimalTable table = jpeg::optimal_table(counts);
  CHECK(table.values.size() == 40);
  CHECK(table.counts[16] != 0);
  const Measured measured = measure(table, counts);
  CHECK(measured.bits > huffman_bits(counts));
  CHECK(measured.room < 65536);
}

TEST_CASE("a table of nothing is empty") {
  CHECK(jpeg::optimal_table({}).values.empty());
}
