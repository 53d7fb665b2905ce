#include "worker/jpeg/huffman_code.h"

#include <algorithm>

#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/symbol_steps.h"

namespace wm::jpeg {

std::vector<Code> codes_of(const HuffmanDefinition& table) {
  std::vector<Code> codes;
  codes.reserve(table.values.size());
  std::uint32_t next = 0;
  for (unsigned length = 1; length <= 16; ++length, next <<= 1) {
    for (unsigned i = 0; i < table.counts[length]; ++i, ++next) {
      if (next >= 1U << length) throw DamagedJpeg("a Huffman table has more codes than there can be");
      codes.push_back({.symbol = byte_at(table.values, codes.size()),
                       .length = static_cast<std::uint8_t>(length),
                       .bits = static_cast<std::uint16_t>(next)});
    }
  }
  return codes;
}

SymbolTable::SymbolTable(const std::vector<Code>& codes) {
  for (const Code& code : codes) {
    if (code.length > index_bits) {
      if (long_end_[code.length] == 0) long_before_[code.length] = static_cast<std::uint32_t>(long_.size());
      long_.push_back(code);
      long_end_[code.length] = (std::uint32_t{code.bits} + 1) << (16 - code.length);
      continue;
    }
    const auto shift = static_cast<unsigned>(index_bits - code.length);
    std::fill_n(short_.begin() + (code.bits << shift), 1U << shift,
                Symbol{.length = code.length, .symbol = code.symbol});
  }
}

SymbolTable::Symbol SymbolTable::decode_long(std::uint64_t window) const {
  const Symbol found = find_long(window);
  if (found.length == 0) throw DamagedJpeg("the scan has a code that its Huffman table does not have");
  return found;
}

SymbolTable::Symbol SymbolTable::find_long(std::uint64_t window) const {
  const auto value = static_cast<std::uint32_t>(window >> 48);
  for (unsigned length = index_bits + 1; length <= 16; ++length) {
    if (value >= long_end_[length]) continue;
    const std::uint32_t first = long_[long_before_[length]].bits;
    const std::uint32_t bits = value >> (16 - length);
    if (bits < first) break;  // not a code: begins like a shorter one that this table lacks
    const Code& code = long_[long_before_[length] + (bits - first)];
    return {.length = code.length, .symbol = code.symbol};
  }
  return {};
}

StepTable::StepTable(const std::vector<Code>& codes) {
  fill_steps(steps_.data(), index_bits, {}, codes, longest_advance, [](const SymbolStep& step) {
    const unsigned end = step.ends ? end_of_block : 0;
    return Step{.bits = static_cast<std::uint8_t>(step.bits),
                .advance = static_cast<std::uint8_t>(step.coefficients + end)};
  });
}

namespace {

constexpr std::uint32_t ones_only = 0xffff;

/// The next 16-bit code after the last of `codes`.
std::uint32_t after(const std::vector<Code>& codes) {
  return codes.empty() ? 0 : (std::uint32_t{codes.back().bits} + 1) << (16 - codes.back().length);
}

/// Lengthens the last codes to 16 bits until `wanted` codes of that length are left over. Keeps the order.
void make_room(std::vector<Code>& codes, std::size_t wanted) {
  std::size_t used = after(codes);
  std::size_t shorter = codes.size();  // codes before this one have fewer than 16 bits
  while (shorter != 0 && codes[shorter - 1].length == 16) --shorter;
  while (used + wanted > ones_only && shorter != 0) {
    Code& last = codes[--shorter];
    used -= (std::size_t{1} << (16 - last.length)) - 1;
    last.length = 16;
  }
  if (used + wanted > ones_only) throw MissingCode("the Huffman table cannot have more codes");
  std::uint32_t next = 0;
  for (Code& code : codes) {
    code.bits = static_cast<std::uint16_t>(next >> (16 - code.length));
    next += std::uint32_t{1} << (16 - code.length);
  }
}

}  // namespace

CodeTable::CodeTable(const std::vector<Code>& codes, const std::vector<std::uint8_t>& more)
    : in_order_(codes) {
  if (!more.empty()) make_room(in_order_, more.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const Code& code = in_order_[i];
    if (code.length != codes[i].length || code.bits != codes[i].bits) changed_.push_back(code.symbol);
    codes_[code.symbol] = code;
  }
  next_ = after(in_order_);
  for (const std::uint8_t symbol : more) add(symbol);
}

void CodeTable::add(std::uint8_t symbol) {
  if (next_ >= ones_only) {
    codes_[symbol] = {.symbol = symbol, .length = 16, .bits = ones_only};
    lacking_.push_back(symbol);
    return;
  }
  codes_[symbol] = {.symbol = symbol, .length = 16, .bits = static_cast<std::uint16_t>(next_++)};
  added_.push_back(symbol);
  in_order_.push_back(codes_[symbol]);
}

}  // namespace wm::jpeg
