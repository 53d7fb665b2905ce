#pragma once

// Walks the stack of a thread of a snapshot with libdwfl: registers and saved stack bytes in, addresses out.
// What cannot be walked from where it stands (a call through NULL, a smashed stack) is repaired where that is
// possible, and said so. One thread.

#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/modules.h"
#include "supervisor/analyzer/snapshot_reader.h"

namespace wm {

struct WalkedFrame {
  std::uint64_t pc = 0;
  bool exact = false;    // the instruction itself; else a return address, the call lies before it
  bool guessed = false;  // found by looking for return addresses among the bytes of the stack
  bool gap = false;      // stands for the frames that were left out here
};

struct WalkedStack {
  std::vector<WalkedFrame> frames;  // innermost first
  std::string repaired;             // what was, "" when nothing
  std::string end;                  // "complete", or why there are no more frames
};

inline constexpr std::size_t innermost_frames = 200;  // of a deeper stack these are kept
inline constexpr std::size_t outermost_frames = 50;   // and these

class Unwinder {
 public:
  /// All must outlive it. Throws std::runtime_error when libdwfl refuses.
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
  // of the walk that is going on
  const ThreadSnapshot* thread_ = nullptr;
  ThreadRecord record_{};
  WalkedStack* stack_ = nullptr;
  bool beyond_stack_ = false;
};

}  // namespace wm
