#pragma once

// Names an address: its function, source line and the functions inlined there, from the symbol table and, if
// available, DWARF. One thread.

#include <vector>

#include "supervisor/analyzer/modules.h"
#include "supervisor/analyzer/snapshot_analysis.h"
#include "supervisor/analyzer/unwinder.h"

namespace wm {

class Symboliser {
 public:
  explicit Symboliser(Modules& modules) : modules_(modules) {}

  /// The functions inlined at the address, innermost first, and then the frame itself.
  [[nodiscard]] std::vector<StackFrame> name(const WalkedFrame& walked);

 private:
  Modules& modules_;
};

}  // namespace wm
