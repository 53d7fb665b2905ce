#pragma once

// Names an address: function, source line and the functions inlined there, from the symbol table and from
// DWARF, if there is any. One thread.

#include <vector>

#include "supervisor/analyzer/modules.h"
#include "supervisor/analyzer/snapshot_analysis.h"
#include "supervisor/analyzer/unwinder.h"

namespace wm {

class Symboliser {
 public:
  explicit Symboliser(Modules& modules) : modules_(modules) {}

  /// The frame itself last, the functions inlined there before it.
  [[nodiscard]] std::vector<StackFrame> name(const WalkedFrame& walked);

 private:
  Modules& modules_;
};

}  // namespace wm
