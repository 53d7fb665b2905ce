#pragma once

// Writes into the segment of a running job what nobody may write there, from a thread of a worker that goes
// on working: at random, and as near to the truth as a stray write can get. One thread.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "common/segment/layout.h"

namespace wm::test {

class SegmentHaunt {
 public:
  /// The kinds of mischief. A seed below their number does one of them only, another one all of them.
  static constexpr unsigned kinds = 12;

  /// Maps the inherited segment.
  explicit SegmentHaunt(unsigned seed);

  void run_for(std::chrono::milliseconds duration);

 private:
  using Kind = void (SegmentHaunt::*)();

  // slots
  void any_word();
  void plausible_word();
  void swapped_words();
  void replayed_word();
  void payload_bytes();
  void swapped_payloads();
  // rings
  void lane_positions();
  void ring_bytes();
  void lane_counters();
  // the rest
  void status();
  void header();
  void any_byte();

  [[nodiscard]] std::uint32_t up_to(std::size_t count) {
    return static_cast<std::uint32_t>(random_() % count);
  }
  [[nodiscard]] std::uint64_t any_number();
  [[nodiscard]] std::byte any() { return static_cast<std::byte>(random_()); }
  [[nodiscard]] LogRingHeader& ring();
  [[nodiscard]] WorkerStatus& some_status();

  std::mt19937_64 random_;
  unsigned seed_;
  SegmentShape shape_;
  SegmentOffsets at_{};
  std::span<std::byte> bytes_;
  std::span<std::atomic<std::uint64_t>> words_;
  std::span<SlotPayload> payloads_;
  std::vector<std::uint64_t> seen_words_;
};

}  // namespace wm::test
