// The steps of LaneRun in vectors of eight lanes. Only these functions may use instructions that not every
// processor supports; is_possible() checks for them.

#ifdef __x86_64__

#include <immintrin.h>

#include <bit>
#include <cstring>

#include "worker/jpeg/lanes/lane_run.h"

namespace wm::jpeg {
namespace {

constexpr int index_bits = LaneTables::index_bits;
constexpr int rest_bits = LaneTables::rest_bits;

struct Registers {
  __m256i position, last, slot, table, all, second, third, mcus;
};

/// Constants of all steps. GCC would recompute such values again and again if it could see them.
struct Constants {
  __m256i big_endian, advance_byte, seven, used_bits, last_but_one, blocks, start, middle, second, third;
};

[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline void store(void* to, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), value);
}

[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline __m256i opaque(__m256i value) {
  asm("" : "+x"(value));
  return value;
}

[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline __m256i each(int value) {
  return _mm256_set1_epi32(value);
}

[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline unsigned top_bits(__m256i value) {
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(value)));
}

[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline Registers load_lanes(const LaneVector& from) {
  return {load(from.position.data()), load(from.last.data()),    load(from.slot.data()),
          load(from.table.data()),    load(from.sums[0].data()), load(from.sums[1].data()),
          load(from.sums[2].data()),  load(from.mcus.data())};
}

[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline void store_lanes(LaneVector& to,
                                                                         const Registers& from) {
  store(to.position.data(), from.position);
  store(to.last.data(), from.last);
  store(to.slot.data(), from.slot);
  store(to.table.data(), from.table);
  store(to.sums[0].data(), from.all);
  store(to.sums[1].data(), from.second);
  store(to.sums[2].data(), from.third);
  store(to.mcus.data(), from.mcus);
}

template <unsigned scale>
[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline __m128i load_four(const std::uint8_t* base,
                                                                          std::uint64_t first,
                                                                          std::uint64_t second) {
  const auto word = [base](std::uint64_t offset) {
    int value = 0;
    std::memcpy(&value, base + offset * scale, sizeof value);
    return value;
  };
  constexpr std::uint64_t low = 0xffffffff;
  __m128i words = _mm_cvtsi32_si128(word(first & low));
  words = _mm_insert_epi32(words, word(first >> 32), 1);
  words = _mm_insert_epi32(words, word(second & low), 2);
  return _mm_insert_epi32(words, word(second >> 32), 3);
}

/// The words at eight offsets of `scale` bytes. Eight single loads are faster than the gather instruction if
/// the data are in the first-level cache.
template <unsigned scale>
[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline __m256i load_eight(const void* base,
                                                                           __m256i offsets) {
  const auto* const bytes = static_cast<const std::uint8_t*>(base);
  const __m128i lower = _mm256_castsi256_si128(offsets);
  const __m128i upper = _mm256_extracti128_si256(offsets, 1);
  const __m128i words = load_four<scale>(bytes, static_cast<std::uint64_t>(_mm_cvtsi128_si64(lower)),
                                         static_cast<std::uint64_t>(_mm_extract_epi64(lower, 1)));
  const __m128i others = load_four<scale>(bytes, static_cast<std::uint64_t>(_mm_cvtsi128_si64(upper)),
                                          static_cast<std::uint64_t>(_mm_extract_epi64(upper, 1)));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(words), others, 1);
}

/// The effect of a step.
struct Taken {
  __m256i used, difference, last;
};

/// Computes the steps of lanes whose entries are special; leaves those of the others unchanged.
[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline Taken take_special(const std::uint32_t* entries,
                                                                           const Constants& constants,
                                                                           const Registers& lanes,
                                                                           __m256i word, __m256i entry) {
  const __m256i special = _mm256_srai_epi32(_mm256_slli_epi32(entry, 24), 31);
  const __m256i at_start =
      _mm256_cmpeq_epi32(lanes.table, _mm256_permutevar8x32_epi32(constants.start, lanes.slot));
  const __m256i dc = _mm256_and_si256(special, at_start);
  const __m256i ac = _mm256_andnot_si256(at_start, special);

  const __m256i high = _mm256_srli_epi32(entry, 16);
  const __m256i rest = _mm256_srli_epi32(_mm256_slli_epi32(word, index_bits), 32 - rest_bits);
  const __m256i index = _mm256_add_epi32(_mm256_slli_epi32(high, rest_bits), rest);
  const __m256i longer = _mm256_mask_i32gather_epi32(
      _mm256_setzero_si256(), reinterpret_cast<const int*>(entries), index, ac, sizeof(std::uint32_t));

  const __m256i length = _mm256_and_si256(high, each(15));
  const __m256i size = _mm256_srli_epi32(entry, 24);
  const __m256i magnitude = _mm256_sllv_epi32(word, length);
  const __m256i unused = _mm256_sub_epi32(each(32), size);
  const __m256i largest = _mm256_andnot_si256(_mm256_srai_epi32(magnitude, 31),  // where it is negative
                                              _mm256_srlv_epi32(each(-1), unused));
  const __m256i difference = _mm256_sub_epi32(_mm256_srlv_epi32(magnitude, unused), largest);

  __m256i used = _mm256_andnot_si256(special, _mm256_and_si256(entry, constants.used_bits));
  used = _mm256_blendv_epi8(used, _mm256_add_epi32(length, size), dc);
  used = _mm256_add_epi32(
      used, _mm256_and_si256(ac, _mm256_add_epi32(each(index_bits), _mm256_and_si256(longer, each(0x7f)))));
  const __m256i usual = _mm256_andnot_si256(special, _mm256_srai_epi32(entry, 16));
  const __m256i advance = _mm256_shuffle_epi8(_mm256_blendv_epi8(entry, longer, ac), constants.advance_byte);
  return {used, _mm256_blendv_epi8(usual, difference, dc), _mm256_add_epi32(lanes.last, advance)};
}

/// One step of eight lanes. Returns the lanes whose step goes past coefficient 63, if any: then no lane has
/// taken a step.
[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline unsigned step_lanes(const std::uint32_t* entries,
                                                                            const std::uint8_t* bits,
                                                                            const Constants& constants,
                                                                            Registers& lanes) {
  __m256i word = load_eight<1>(bits, _mm256_srli_epi32(lanes.position, 3));
  word = _mm256_sllv_epi32(_mm256_shuffle_epi8(word, constants.big_endian),
                           _mm256_and_si256(lanes.position, constants.seven));
  const __m256i index = _mm256_add_epi32(_mm256_srli_epi32(word, 32 - index_bits), lanes.table);
  const __m256i entry = load_eight<sizeof(std::uint32_t)>(entries, index);
  Taken taken{_mm256_and_si256(entry, constants.used_bits), _mm256_srai_epi32(entry, 16),
              _mm256_add_epi32(lanes.last, _mm256_shuffle_epi8(entry, constants.advance_byte))};
  const unsigned rare =
      top_bits(_mm256_or_si256(_mm256_slli_epi32(taken.last, 25), _mm256_slli_epi32(entry, 24)));
  if (__builtin_expect(static_cast<long>(rare), 0) != 0) {
    taken = take_special(entries, constants, lanes, word, entry);
    const unsigned alone = top_bits(_mm256_slli_epi32(taken.last, 25));
    if (alone != 0) return alone;
  }
  lanes.position = _mm256_add_epi32(lanes.position, taken.used);
  const __m256i second = _mm256_permutevar8x32_epi32(constants.second, lanes.slot);
  const __m256i third = _mm256_permutevar8x32_epi32(constants.third, lanes.slot);
  lanes.all = _mm256_add_epi32(lanes.all, taken.difference);
  lanes.second = _mm256_add_epi32(lanes.second, _mm256_and_si256(taken.difference, second));
  lanes.third = _mm256_add_epi32(lanes.third, _mm256_and_si256(taken.difference, third));
  const __m256i over = _mm256_cmpgt_epi32(taken.last, constants.last_but_one);
  __m256i slot = _mm256_sub_epi32(lanes.slot, over);
  const __m256i wraps = _mm256_cmpeq_epi32(slot, constants.blocks);
  slot = _mm256_andnot_si256(wraps, slot);
  lanes.mcus = _mm256_sub_epi32(lanes.mcus, wraps);
  lanes.table = _mm256_blendv_epi8(_mm256_permutevar8x32_epi32(constants.middle, lanes.slot),
                                   _mm256_permutevar8x32_epi32(constants.start, slot), over);
  lanes.slot = slot;
  lanes.last = _mm256_andnot_si256(over, taken.last);
  return 0;
}

[[gnu::target("avx2,bmi2"), gnu::always_inline]] inline Constants constants_of(const LaneTables& tables) {
  const __m128i big_endian = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  const __m128i advance = _mm_setr_epi8(1, -1, -1, -1, 5, -1, -1, -1, 9, -1, -1, -1, 13, -1, -1, -1);
  const __m256i component = load(tables.component().data());
  return {.big_endian = opaque(_mm256_broadcastsi128_si256(big_endian)),
          .advance_byte = opaque(_mm256_broadcastsi128_si256(advance)),
          .seven = opaque(each(7)),
          .used_bits = opaque(each(0x7f)),
          .last_but_one = opaque(each(62)),
          .blocks = opaque(each(static_cast<int>(tables.blocks()))),
          .start = opaque(load(tables.start().data())),
          .middle = opaque(load(tables.middle().data())),
          .second = opaque(_mm256_cmpeq_epi32(component, each(1))),
          .third = opaque(_mm256_cmpeq_epi32(component, each(2)))};
}

}  // namespace

bool LaneRun::is_possible() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi2") != 0;
}

[[gnu::target("avx2,bmi2")]] void LaneRun::step_in_vectors(std::uint32_t limit) {
  static_assert(vectors == 2);
  const Constants constants = constants_of(*tables_);
  const std::uint32_t* const entries = tables_->entries();
  const std::uint8_t* const bits = bits_;
  Registers first = load_lanes(state_[0]);
  Registers second = load_lanes(state_[1]);
  const __m256i furthest = each(static_cast<int>(limit));
  first.position = _mm256_min_epu32(first.position, furthest);
  second.position = _mm256_min_epu32(second.position, furthest);
  for (unsigned i = 0; i < steps_between_snapshots; ++i) {
    const unsigned alone = step_lanes(entries, bits, constants, first);
    if (__builtin_expect(static_cast<long>(alone), 0) != 0) {
      store_lanes(state_[0], first);
      step_alone(0, alone);
      first = load_lanes(state_[0]);
    }
    const unsigned others = step_lanes(entries, bits, constants, second);
    if (__builtin_expect(static_cast<long>(others), 0) != 0) {
      store_lanes(state_[1], second);
      step_alone(1, others);
      second = load_lanes(state_[1]);
    }
  }
  store_lanes(state_[0], first);
  store_lanes(state_[1], second);
}

}  // namespace wm::jpeg

#endif
