#pragma once

// The tables for a lane's steps. A lane is a walk over the scan, many of which go on at once, so a step must
// be the same few operations whatever the bits are. An entry gives the number of bits and coefficients of
// several symbols at once: those of a block starting with its DC difference (one table for each pair of a DC
// and an AC table), or its next AC symbols (one for each AC table). A step ends with EOB at the latest. Built
// once for all scans with the same Huffman tables. Throws DamagedJpeg for a table that is not a valid code.
//
// An entry of 32 bits:
//   0-6    bits: codes and magnitudes
//   7      special: see below
//   8-15   advance: coefficients, and 129 more for EOB
//   16-31  the DC difference, signed
// Excluding EOB, no step advances by more than 64 coefficients, and at most 62 have been passed before one.
// So bit 6 of "last coefficient + advance" shows that a step goes past coefficient 63: it is set in 64..127
// and, with EOB, in 192..255. Such a step is taken symbol by symbol instead. `no_step`, for codes that do not
// exist or are too long, is always of that kind.
//
// Special entries of a block's start: a DC difference that does not fit into the index. 16-19 is the length
// of the code, 24-31 the number of magnitude bits. Special entries of AC tables: a code that is longer than
// the index. 16-31 is the number of a table of 16 entries for the bits after the index, whose entries do not
// count those of the index.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "worker/jpeg/entropy_walk.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

/// The entries of all tables of a scan.
struct LaneEntries {
  /// The beginnings of a component's tables.
  struct Places {
    std::uint32_t start = 0, middle = 0;
  };
  std::vector<std::uint32_t> words;
  std::array<Places, 3> components{};
};

/// For scans of components 0..2.
[[nodiscard]] LaneEntries make_lane_entries(const Header& header);

/// Caches the last result: many pictures of a job have the same Huffman tables. One thread.
class LaneEntryCache {
 public:
  [[nodiscard]] std::shared_ptr<const LaneEntries> get(const Header& header);

 private:
  std::vector<std::byte> definitions_;
  std::shared_ptr<const LaneEntries> entries_;
};

/// The tables of one scan. Borrows its blocks.
class LaneTables {
 public:
  static constexpr unsigned index_bits = 12;  // the usual parts of four tables fit into the L1 cache
  static constexpr unsigned rest_bits = 16 - index_bits;
  static constexpr std::size_t max_blocks = 8;  // of an MCU: they must fit into a vector
  static constexpr std::uint32_t special = 0x80;
  static constexpr std::uint32_t no_step = 64U << 8;

  /// Whether lanes can walk over such MCUs.
  [[nodiscard]] static bool suit(const std::vector<McuBlock>& mcu);

  /// Requires suit(mcu).
  LaneTables(std::shared_ptr<const LaneEntries> entries, const std::vector<McuBlock>& mcu);
  LaneTables(const Header& header, const std::vector<McuBlock>& mcu)
      : LaneTables(std::make_shared<const LaneEntries>(make_lane_entries(header)), mcu) {}

  /// Indexed by the sum of one of start() or middle() and the next index_bits bits.
  [[nodiscard]] const std::uint32_t* entries() const { return entries_->words.data(); }
  [[nodiscard]] std::uint32_t blocks() const { return blocks_; }
  // By block of the MCU.
  [[nodiscard]] const std::array<std::uint32_t, max_blocks>& start() const { return start_; }
  [[nodiscard]] const std::array<std::uint32_t, max_blocks>& middle() const { return middle_; }
  [[nodiscard]] const std::array<std::uint32_t, max_blocks>& component() const { return component_; }
  [[nodiscard]] const McuBlock& block(std::size_t slot) const { return mcu_[slot]; }

 private:
  std::shared_ptr<const LaneEntries> entries_;
  std::uint32_t blocks_ = 0;
  std::array<std::uint32_t, max_blocks> start_{}, middle_{}, component_{};
  const std::vector<McuBlock>& mcu_;
};

}  // namespace wm::jpeg
