#pragma once

// What a fault's address means, in one sentence for a person. Pure.

#include <string>

#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/snapshot_reader.h"

namespace wm {

struct FaultMeaning {
  std::string words;  // "" when the signal has nothing to do with an address
  bool stack_overflow = false;
};

[[nodiscard]] FaultMeaning meaning_of_fault(const Snapshot& snapshot, const MemoryMap& map);

/// "SIGSEGV", "SEGV_MAPERR"; "" for what is not known.
[[nodiscard]] std::string signal_name(int signal);
[[nodiscard]] std::string code_name(int signal, int code);

}  // namespace wm
