#include "worker/png/row_filter.h"

#include <algorithm>

namespace wm {
namespace {

/// A row with its neighbours. The loops below have neither branches nor dependencies, so compilers vectorise
/// them.
struct Row {
  std::size_t length;
  const std::uint8_t* here;
  const std::uint8_t* left;
  const std::uint8_t* above;
  const std::uint8_t* above_left;
};

std::uint8_t low_byte(int value) {
  return static_cast<std::uint8_t>(value);
}

void sub(const Row& row, std::uint8_t* __restrict to) {
  for (std::size_t i = 0; i < row.length; ++i) to[i] = low_byte(row.here[i] - row.left[i]);
}

void up(const Row& row, std::uint8_t* __restrict to) {
  for (std::size_t i = 0; i < row.length; ++i) to[i] = low_byte(row.here[i] - row.above[i]);
}

void average(const Row& row, std::uint8_t* __restrict to) {
  for (std::size_t i = 0; i < row.length; ++i) {
    to[i] = low_byte(row.here[i] - ((row.left[i] + row.above[i]) >> 1));
  }
}

/// Uses 16 bits, since compilers fit twice as many of them into a register as of 32.
void paeth(const Row& row, std::uint8_t* __restrict to) {
  const auto narrow = [](int value) { return static_cast<std::int16_t>(value); };
  const auto magnitude = [&](std::int16_t value) { return value < 0 ? narrow(-value) : value; };
  for (std::size_t i = 0; i < row.length; ++i) {
    const std::int16_t a = row.left[i];
    const std::int16_t b = row.above[i];
    const std::int16_t c = row.above_left[i];
    const std::int16_t from_a = narrow(b - c);
    const std::int16_t from_b = narrow(a - c);
    const std::int16_t to_a = magnitude(from_a);
    const std::int16_t to_b = magnitude(from_b);
    const std::int16_t to_c = magnitude(narrow(from_a + from_b));
    const std::int16_t second = to_b <= to_c ? b : c;
    const std::int16_t nearest = (int{to_a <= to_b} & int{to_a <= to_c}) != 0 ? a : second;
    to[i] = low_byte(row.here[i] - nearest);
  }
}

/// The sum of the bytes' distances to zero, as signed numbers.
std::uint64_t cost(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t block = std::size_t{1} << 16;  // whose sum fits into 32 bits
  std::uint64_t sum = 0;
  for (std::size_t from = 0; from < bytes.size(); from += block) {
    const auto part = bytes.subspan(from, std::min(block, bytes.size() - from));
    std::uint32_t of_part = 0;
    for (const std::uint8_t byte : part) of_part += byte < 128 ? byte : 256U - byte;
    sum += of_part;
  }
  return sum;
}

}  // namespace

RowFilter::RowFilter(std::size_t row_bytes, std::size_t pixel_bytes)
    : pixel_bytes_(pixel_bytes), row_(pixel_bytes + row_bytes), above_(pixel_bytes + row_bytes) {
  for (auto& type : filtered_) type.resize(row_bytes);
}

void RowFilter::filter(std::span<std::uint8_t> to) {
  const std::span<const std::uint8_t> plain = row();
  const Row row{.length = plain.size(),
                .here = plain.data(),
                .left = row_.data(),
                .above = above_.data() + pixel_bytes_,
                .above_left = above_.data()};
  sub(row, filtered_[0].data());
  up(row, filtered_[1].data());
  average(row, filtered_[2].data());
  paeth(row, filtered_[3].data());

  std::span<const std::uint8_t> best = plain;
  std::uint64_t lowest = cost(plain);
  to[0] = 0;
  for (std::uint8_t type = 1; type <= differences; ++type) {
    const std::uint64_t of_type = cost(filtered_[type - 1U]);
    if (of_type >= lowest) continue;
    lowest = of_type;
    best = filtered_[type - 1U];
    to[0] = type;
  }
  std::ranges::copy(best, to.begin() + 1);
  std::swap(row_, above_);
}

}  // namespace wm
