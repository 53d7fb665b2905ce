#pragma once

// A Huffman table in three forms: code by code (ITU T.81 Annex C), for decoding symbols, and for encoding
// symbols. Pure. Throws DamagedJpeg for a table that is not a valid code.

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

struct Code {
  std::uint8_t symbol = 0;
  std::uint8_t length = 0;  // 1..16
  std::uint16_t bits = 0;   // right-aligned
};

/// In order of length and value.
[[nodiscard]] std::vector<Code> codes_of(const HuffmanDefinition& table);

/// Decodes one symbol. Codes of at most `index_bits` bits take one load.
class SymbolTable {
 public:
  static constexpr int index_bits = 9;

  struct Symbol {
    std::uint8_t length = 0;  // of the code in bits, without magnitude bits
    std::uint8_t symbol = 0;
  };

  explicit SymbolTable(const std::vector<Code>& codes);

  /// `window` has at least 16 bits, first bit topmost. Throws DamagedJpeg when they do not begin with a code.
  [[nodiscard]] Symbol decode(std::uint64_t window) const {
    const Symbol found = short_[window >> (64 - index_bits)];
    return found.length != 0 ? found : decode_long(window);
  }
  /// Likewise, but returns a length of 0 when they do not begin with a code.
  [[nodiscard]] Symbol find(std::uint64_t window) const {
    const Symbol found = short_[window >> (64 - index_bits)];
    return found.length != 0 ? found : find_long(window);
  }

 private:
  [[nodiscard]] Symbol decode_long(std::uint64_t window) const;
  [[nodiscard]] Symbol find_long(std::uint64_t window) const;

  std::array<Symbol, 1U << index_bits> short_{};
  std::vector<Code> long_;                       // the codes of more than index_bits bits
  std::array<std::uint32_t, 18> long_end_{};     // by length: the first 16-bit value after its codes
  std::array<std::uint32_t, 18> long_before_{};  // by length: index in long_ of its first code
};

/// Steps over the AC coefficients of a block, several at a time, without decoding their values.
class StepTable {
 public:
  static constexpr int index_bits = 12;

  /// The result of one look-up. A `bits` of 0: no step, the next code is longer than the index.
  struct Step {
    std::uint8_t bits = 0;     // codes and magnitudes
    std::uint8_t advance = 0;  // in zigzag positions; end_of_block is added when the last symbol was EOB
  };
  static constexpr std::uint8_t end_of_block = 128;
  /// Without end_of_block. Within a block, a step without EOB must not reach end_of_block.
  static constexpr std::uint8_t longest_advance = 64;
  static constexpr int longest = index_bits + 15;  // largest value of Step::bits

  explicit StepTable(const std::vector<Code>& codes);

  [[nodiscard]] Step step(std::uint64_t window) const { return steps_[window >> (64 - index_bits)]; }

 private:
  std::array<Step, 1U << index_bits> steps_{};
};

/// Codes by symbol. A symbol without a code can get one that the table has left over: canonical codes of 16
/// bits after all others do not change these, and the code of all ones stays unused.
class CodeTable {
 public:
  /// `codes` are those of the file. Symbols of `more` get codes as well; if none is left over, the longest
  /// codes of the file become longer, so that few blocks contain a changed code. Throws MissingCode.
  explicit CodeTable(const std::vector<Code>& codes, const std::vector<std::uint8_t>& more = {});

  [[nodiscard]] bool has(std::uint8_t symbol) const { return codes_[symbol].length != 0; }
  [[nodiscard]] Code code(std::uint8_t symbol) const { return codes_[symbol]; }

  /// The symbol's code, or one that was left over. If there is none, the symbol is recorded as lacking, an
  /// arbitrary code is returned, and the written data are useless.
  [[nodiscard]] Code code_for(std::uint8_t symbol) {
    if (!has(symbol)) add(symbol);
    return codes_[symbol];
  }

  /// Symbols beyond those of the file that have been given a code, in the order of their codes.
  [[nodiscard]] const std::vector<std::uint8_t>& added() const { return added_; }
  [[nodiscard]] const std::vector<std::uint8_t>& lacking() const { return lacking_; }

  /// Symbols of the file that have been given another code, in no particular order.
  [[nodiscard]] const std::vector<std::uint8_t>& changed() const { return changed_; }

  /// All codes in order, the content of a DHT segment. An unusual file may have two for one symbol.
  [[nodiscard]] const std::vector<Code>& in_order() const { return in_order_; }

 private:
  void add(std::uint8_t symbol);

  std::array<Code, 256> codes_{};
  std::uint32_t next_ = 0;  // the code of 16 bits after the last one
  std::vector<Code> in_order_;
  std::vector<std::uint8_t> added_, lacking_, changed_;
};

/// A code is missing and cannot be added to the table.
class MissingCode : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wm::jpeg
