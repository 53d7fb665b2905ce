#pragma once

// Decides which deaths are the same: by signal, stage and innermost functions, without those that only carry
// out the death (abort, raise, malloc's checks, the throwing of exceptions). After Socorro. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/snapshot_analysis.h"
#include "supervisor/analyzer/snapshot_reader.h"

namespace wm {

struct Signature {
  std::string text;                 // "SIGSEGV in decode: libjpeg.so.62!fill_bit_buffer | …"
  std::string sig8;                 // 8 hexadecimal digits of its hash
  std::vector<std::string> frames;  // at most three
};

/// `analysis` may be null; `word` is death_word().
[[nodiscard]] Signature signature_of(const SnapshotAnalysis* analysis, std::string_view word,
                                     std::string_view stage);

/// The index of the most informative frame of the first thread; 0 when none is better.
[[nodiscard]] std::size_t frame_at_fault(const std::vector<StackFrame>& frames);

/// A cheap guess at the same, without symbols: the place of the program counter and the words on the stack
/// that look like return addresses. Equal keys mean the same death; the same death may have several keys.
/// `snapshot` may be null.
[[nodiscard]] std::string raw_key(const Snapshot* snapshot, std::string_view word, std::string_view stage);

/// A function's name without its arguments and template parameters.
[[nodiscard]] std::string short_name(std::string function);

/// 8 hexadecimal digits of XXH3 over the text.
[[nodiscard]] std::string hash8(std::string_view text);

}  // namespace wm
