#include "supervisor/analyzer/symboliser.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>

#include <cstdlib>
#include <memory>

namespace wm {
namespace {

std::string demangled(const char* name) {
  if (name == nullptr) return {};
  int status = -1;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                    &std::free);
  return status == 0 ? text.get() : name;
}

bool is_function(Dwarf_Die& die) {
  const int tag = dwarf_tag(&die);
  return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_entry_point;
}

std::string function_of(Dwarf_Die& die) {
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name}) {
    Dwarf_Attribute attribute;
    if (dwarf_attr_integrate(&die, name, &attribute) == nullptr) continue;
    if (const char* const text = dwarf_formstring(&attribute)) return demangled(text);
  }
  return {};
}

int number_of(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0) return 0;
  return static_cast<int>(value);
}

/// Sets the frame's location to where an inlined function was called.
void go_to_call(Dwarf_Die& inlined, Dwarf_Die& unit, StackFrame& frame) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  const int file = number_of(inlined, DW_AT_call_file);
  frame.file.clear();
  if (dwarf_getsrcfiles(&unit, &files, &count) == 0 && file > 0 && static_cast<std::size_t>(file) < count) {
    if (const char* const name = dwarf_filesrc(files, static_cast<std::size_t>(file), nullptr, nullptr)) {
      frame.file = name;
    }
  }
  frame.line = number_of(inlined, DW_AT_call_line);
  frame.column = number_of(inlined, DW_AT_call_column);
}

struct Freed {
  void operator()(Dwarf_Die* dies) const {
    std::free(dies);  // NOLINT(cppcoreguidelines-no-malloc): libdw got them by malloc
  }
};
using Scopes = std::unique_ptr<Dwarf_Die, Freed>;

/// The scopes around the address, innermost first, as they are nested in this unit.
int scopes_at(Dwarf_Die& unit, Dwarf_Addr address, Scopes& scopes) {
  Dwarf_Die* found = nullptr;
  if (dwarf_getscopes(&unit, address, &found) <= 0) return 0;
  const Scopes innermost(found);
  Dwarf_Die* nested = nullptr;
  const int count = dwarf_getscopes_die(innermost.get(), &nested);
  scopes.reset(nested);
  return count;
}

}  // namespace

std::vector<StackFrame> Symboliser::name(const WalkedFrame& walked) {
  if (walked.gap) return {StackFrame{.left_out = walked.pc}};
  Place place = modules_.place_of(walked.pc);
  StackFrame frame{.pc = walked.pc,
                   .guessed = walked.guessed,
                   .module = std::move(place.module),
                   .path = std::move(place.path),
                   .offset = place.offset,
                   .build_id = std::move(place.build_id),
                   .on_disk = place.on_disk};
  const Dwarf_Addr address = walked.exact || walked.pc == 0 ? walked.pc : walked.pc - 1;
  Dwfl_Module* const module = dwfl_addrmodule(modules_.dwfl(), address);
  if (module == nullptr || frame.on_disk != OnDisk::same) return {frame};

  const std::string symbol = demangled(dwfl_module_addrname(module, address));
  if (Dwfl_Line* const line = dwfl_module_getsrc(module, address)) {
    if (const char* const file = dwfl_lineinfo(line, nullptr, &frame.line, &frame.column, nullptr, nullptr)) {
      frame.file = file;
    }
  }
  std::vector<StackFrame> frames;
  Dwarf_Addr bias = 0;
  if (Dwarf_Die* const unit = dwfl_module_addrdie(module, address, &bias)) {
    Scopes scopes;
    const int count = scopes_at(*unit, address - bias, scopes);
    for (int i = 0; i < count; ++i) {
      Dwarf_Die& die = scopes.get()[i];
      if (!is_function(die)) continue;
      frame.function = function_of(die);
      frame.inlined = dwarf_tag(&die) == DW_TAG_inlined_subroutine;
      frames.push_back(frame);
      if (!frame.inlined) break;
      go_to_call(die, *unit, frame);
    }
  }
  if (frames.empty()) frames.push_back(frame);
  StackFrame& outermost = frames.back();
  outermost.inlined = false;
  if (outermost.function.empty()) outermost.function = symbol;
  return frames;
}

}  // namespace wm
