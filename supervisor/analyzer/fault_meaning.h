#pragma once

// Explains a fault's address in one sentence for a person. Pure.

#include <string>

#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/snapshot_reader.h"

namespace wm {

struct FaultMeaning {
  std::string words;  // "" when the signal is not about an address
  bool stack_overflow = false;
};

[[nodiscard]] FaultMeaning meaning_of_fault(const Snapshot& snapshot, const MemoryMap& map);

/// "SIGSEGV", "SEGV_MAPERR"; "" for unknown values.
[[nodiscard]] std::string signal_name(int signal);
[[nodiscard]] std::string code_name(int signal, int code);

}  // namespace wm
