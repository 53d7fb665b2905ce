#pragma once

// Names an address: function, source line and the functions inlined there, from the symbol table and from
// DWARF, if there is any. One thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/analyzer/modules.h"
#include "supervisor/analyzer/unwinder.h"

namespace wm {

/// One function of the program text; several may stand at one address.
struct NamedFrame {
  std::uint64_t pc = 0;
  std::string function;      // demangled, "" when unknown
  std::string file;          // as the compiler was given it, "" when unknown
  int line = 0, column = 0;  // 0: unknown
  bool inlined = false;      // into the next frame
  bool guessed = false;
  std::uint64_t left_out = 0;  // not 0: stands for so many frames that are not shown
  Place place;
};

class Symboliser {
 public:
  explicit Symboliser(Modules& modules) : modules_(modules) {}

  /// The frame itself last, the functions inlined there before it.
  [[nodiscard]] std::vector<NamedFrame> name(const WalkedFrame& walked);

 private:
  Modules& modules_;
};

}  // namespace wm
