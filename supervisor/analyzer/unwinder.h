#pragma once

// Walks the stack of a snapshot's thread with libdwfl: registers and saved stack bytes in, addresses out. A
// stack that cannot be walked from its start (a call through NULL, a smashed stack) is repaired if possible,
// and the repair is reported. One thread.

#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/modules.h"
#include "supervisor/analyzer/snapshot_reader.h"

namespace wm {

struct WalkedFrame {
  std::uint64_t pc = 0;
  bool exact = false;    // the instruction itself; else a return address, so the call lies before it
  bool guessed = false;  // found by searching the stack's bytes for return addresses
  bool gap = false;      // stands for the frames omitted here; `pc` is their number
};

struct WalkedStack {
  std::vector<WalkedFrame> frames;  // innermost first
  std::string repaired;             // a description of the repairs, "" when there were none
  std::string end;                  // "complete", or the reason why there are no more frames
};

inline constexpr std::size_t innermost_frames = 200;  // kept of a deeper stack
inline constexpr std::size_t outermost_frames = 50;   // kept as well

class Unwinder {
 public:
  /// All must outlive the object. Throws std::runtime_error when libdwfl refuses.
  Unwinder(const Snapshot& snapshot, const MemoryMap& map, Modules& modules);

  [[nodiscard]] WalkedStack walk(const ThreadSnapshot& thread);

 private:
  struct Registers;
  [[nodiscard]] bool executable(std::uint64_t address) const;
  [[nodiscard]] bool repair(const ThreadSnapshot& thread, ThreadRecord& record, WalkedStack& stack) const;
  void guess(const ThreadSnapshot& thread, WalkedStack& stack) const;

  static pid_t next_thread(Dwfl* dwfl, void* self, void** thread_argument);
  static bool set_registers(Dwfl_Thread* thread, void* self);
  static bool read_memory(Dwfl* dwfl, Dwarf_Addr address, Dwarf_Word* result, void* self);
  static int take_frame(Dwfl_Frame* frame, void* self);

  const Snapshot& snapshot_;
  const MemoryMap& map_;
  Modules& modules_;
  // of the walk in progress
  const ThreadSnapshot* thread_ = nullptr;
  ThreadRecord record_{};
  WalkedStack* stack_ = nullptr;
  bool beyond_stack_ = false;
};

}  // namespace wm
