#pragma once

// The contents of a scan before its Huffman tables are known: symbols with the bits after them, and bits
// alone. A token has four bytes. Counts the symbols, so that tables can be made. Throws NotInPlace when there
// is too much to keep, std::bad_alloc.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/jpeg/bit_writer.h"
#include "worker/jpeg/huffman_code.h"
#include "worker/jpeg/not_in_place.h"
#include "worker/jpeg/optimal_code.h"

namespace wm::jpeg {

class ScanTokens {
 public:
  static constexpr std::size_t tables = 2;

  explicit ScanTokens(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Called after each row of blocks: throws when the limit is exceeded.
  void check_size() const {
    if (tokens_.size() * sizeof(std::uint32_t) + intervals_.size() * sizeof(std::size_t) > max_bytes_) {
      throw NotInPlace(Reason::memory);
    }
  }

  /// Appends a symbol of a table, and `count` <= 16 bits after it; the other bits of `bits` are zero.
  void symbol(std::size_t table, unsigned symbol, unsigned bits, unsigned count) {
    ++counts_[table][symbol];
    tokens_.push_back(token(table << 8 | symbol, bits, count));
  }

  /// Appends bits after the last token: the lowest `count` <= 64 of `bits`, whose other bits are zero.
  void append(std::uint64_t bits, unsigned count) {
    while (count != 0) {
      if (tokens_.size() == closed_ || count_of(tokens_.back()) == 16)
        tokens_.push_back(token(no_symbol, 0, 0));
      std::uint32_t& last = tokens_.back();
      const unsigned part = std::min(count, 16 - count_of(last));
      const auto head = static_cast<std::uint32_t>(bits >> (count - part)) & ((1U << part) - 1);
      last = token(last >> 21, (last & 0xffff) << part | head, count_of(last) + part);
      count -= part;
    }
  }

  /// Adds a block whose rest is zeros, or only has bits for known coefficients: it joins the run of the
  /// previous ones (EOBRUN of ITU T.81 G.1.2.2). Subsequently appended bits belong to it.
  void end_of_block() {
    if (run_ == 0) {
      run_at_ = tokens_.size();
      tokens_.push_back(token(no_symbol, 0, 0));
      closed_ = tokens_.size();  // bits follow those of the run's length
    }
    if (++run_ == longest_run) end_run();
  }

  /// Called before any symbol of a block.
  void end_run() {
    if (run_ == 0) return;
    const auto size = static_cast<unsigned>(std::bit_width(run_)) - 1;
    const unsigned symbol = size << 4;
    ++counts_[0][symbol];
    tokens_[run_at_] = token(symbol, run_ - (1U << size), size);
    run_ = 0;
  }

  /// The end of the scan, or of a restart interval.
  void end_interval() {
    end_run();
    intervals_.push_back(tokens_.size());
    closed_ = tokens_.size();
  }

  [[nodiscard]] const SymbolCounts& counts(std::size_t table) const { return counts_[table]; }

  /// Aligned after the last interval. `codes` must include all used symbols.
  void write(const std::array<std::vector<Code>, tables>& codes, BitWriter& writer) const;

  /// Prepares for another scan; keeps the memory.
  void clear();

 private:
  static constexpr std::size_t no_symbol = tables << 8;
  static constexpr std::uint32_t longest_run = 0x7fff;

  static std::uint32_t token(std::size_t kind, std::uint32_t bits, unsigned count) {
    return static_cast<std::uint32_t>(kind) << 21 | count << 16 | bits;
  }
  static unsigned count_of(std::uint32_t token) { return token >> 16 & 31; }

  std::size_t max_bytes_;
  std::vector<std::uint32_t> tokens_;
  std::vector<std::size_t> intervals_;  // the ends of the restart intervals
  std::array<SymbolCounts, tables> counts_{};
  std::size_t closed_ = 0;  // tokens before this index are closed to append()
  std::size_t run_at_ = 0;
  std::uint32_t run_ = 0;  // blocks
};

}  // namespace wm::jpeg
