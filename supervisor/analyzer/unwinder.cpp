#include "supervisor/analyzer/unwinder.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace wm {
namespace {

constexpr std::size_t most_frames = 100'000;  // ends a chain that leads in circles
constexpr std::size_t fewest_frames = 3;      // guessing supplements a walk that ends sooner
constexpr std::size_t most_guesses = 32;
constexpr std::size_t guessed_bytes = 64 << 10;

constexpr int x86_return_address = 16;  // DWARF's number of rip
constexpr int x86_stack_pointer = 7;
constexpr int arm_link_register = 30;

std::optional<std::uint64_t> word_at(const ThreadSnapshot& thread, std::uint64_t address) {
  std::uint64_t word = 0;
  if (address < thread.stack_start) return std::nullopt;
  const std::uint64_t offset = address - thread.stack_start;
  if (offset > thread.stack.size() || thread.stack.size() - offset < sizeof word) return std::nullopt;
  std::memcpy(&word, thread.stack.data() + offset, sizeof word);
  return word;
}

}  // namespace

Unwinder::Unwinder(const Snapshot& snapshot, const MemoryMap& map, Modules& modules)
    : snapshot_(snapshot), map_(map), modules_(modules) {
  static const Dwfl_Thread_Callbacks callbacks{.next_thread = next_thread,
                                               .get_thread = nullptr,
                                               .memory_read = read_memory,
                                               .set_initial_registers = set_registers,
                                               .detach = nullptr,
                                               .thread_detach = nullptr};
  constexpr pid_t any_pid = 1;  // libdwfl only hands it back
  if (!dwfl_attach_state(modules_.dwfl(), nullptr, any_pid, &callbacks, this)) {
    throw std::runtime_error(std::string("no module of the process can be read: ") + dwfl_errmsg(-1));
  }
}

bool Unwinder::executable(std::uint64_t address) const {
  const Mapping* const mapping = map_.at(address);
  return mapping != nullptr && mapping->executable();
}

pid_t Unwinder::next_thread(Dwfl*, void* self, void** thread_argument) {
  if (*thread_argument != nullptr) return 0;  // one at a time
  *thread_argument = self;
  return static_cast<Unwinder*>(self)->record_.tid;
}

bool Unwinder::set_registers(Dwfl_Thread* thread, void* self) {
  const Unwinder& unwinder = *static_cast<Unwinder*>(self);
  const unsigned count = unwinder.snapshot_.header->machine == EM_X86_64 ? 17 : 32;
  Dwarf_Word words[max_registers];
  for (unsigned i = 0; i < count; ++i) words[i] = unwinder.record_.registers[i];
  if (!dwfl_thread_state_registers(thread, 0, count, words)) return false;
  dwfl_thread_state_register_pc(thread, unwinder.record_.pc);
  return true;
}

bool Unwinder::read_memory(Dwfl*, Dwarf_Addr address, Dwarf_Word* result, void* self) {
  Unwinder& unwinder = *static_cast<Unwinder*>(self);
  const auto word = word_at(*unwinder.thread_, address);
  if (!word) {
    unwinder.beyond_stack_ = true;
    return false;
  }
  *result = *word;
  return true;
}

int Unwinder::take_frame(Dwfl_Frame* frame, void* self) {
  const Unwinder& unwinder = *static_cast<Unwinder*>(self);
  WalkedStack& stack = *unwinder.stack_;
  Dwarf_Addr pc = 0;
  bool exact = false;
  if (!dwfl_frame_pc(frame, &pc, &exact)) return DWARF_CB_ABORT;
  const bool first = stack.frames.empty() || (stack.frames.size() == 1 && !stack.repaired.empty());
  if (first && !stack.repaired.empty()) exact = false;  // it follows the failed call
  if (pc == 0) return DWARF_CB_OK;                      // the outermost frame's return address
  stack.frames.push_back({.pc = pc, .exact = exact});
  return stack.frames.size() < most_frames ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/// A thread that called or jumped to an invalid address has the return address on top of the stack (or in the
/// link register): the walk can begin as if that call had returned.
bool Unwinder::repair(const ThreadSnapshot& thread, ThreadRecord& record, WalkedStack& stack) const {
  if (executable(record.pc)) return false;
  std::optional<std::uint64_t> caller;
  if (snapshot_.header->machine == EM_X86_64) {
    caller = word_at(thread, record.sp);
  } else {
    caller = record.registers[arm_link_register];
  }
  if (!caller || !executable(*caller)) return false;
  stack.repaired = record.pc == 0
                       ? "the program counter was NULL: a function was called through a null pointer"
                       : "the program counter pointed to no code";
  stack.repaired += "; the walk goes on from the return address";
  stack.frames.push_back({.pc = record.pc, .exact = true});
  record.pc = *caller;
  if (snapshot_.header->machine == EM_X86_64) {
    record.sp += sizeof(std::uint64_t);
    record.registers[x86_stack_pointer] = record.sp;
    record.registers[x86_return_address] = record.pc;
  } else {
    record.registers[32] = record.pc;
  }
  return true;
}

/// Searches the stack for words that point just after a call: the remains of a stack whose frames were
/// overwritten.
void Unwinder::guess(const ThreadSnapshot& thread, WalkedStack& stack) const {
  std::size_t found = 0;
  for (std::uint64_t at = 0; at + 8 <= std::min(thread.stack.size(), guessed_bytes) && found < most_guesses;
       at += 8) {
    const auto word = word_at(thread, thread.stack_start + at);
    if (!word || *word < 2 || !executable(*word) || !executable(*word - 1)) continue;
    if (modules_.place_of(*word).on_disk != OnDisk::same) continue;
    const bool known =
        std::ranges::any_of(stack.frames, [&](const WalkedFrame& frame) { return frame.pc == *word; });
    if (known) continue;
    stack.frames.push_back({.pc = *word, .guessed = true});
    ++found;
  }
  if (found == 0) return;
  stack.repaired += stack.repaired.empty() ? "" : "; ";
  stack.repaired +=
      "the stack could not be walked; frames marked ? are words on it that look like return addresses";
}

WalkedStack Unwinder::walk(const ThreadSnapshot& thread) {
  WalkedStack stack;
  if (thread.record.answered == 0) {
    stack.end = "the thread did not answer";
    return stack;
  }
  thread_ = &thread;
  record_ = thread.record;
  stack_ = &stack;
  beyond_stack_ = false;
  static_cast<void>(repair(thread, record_, stack));
  const int result = dwfl_getthread_frames(modules_.dwfl(), record_.tid, take_frame, this);
  if (stack.frames.empty()) stack.frames.push_back({.pc = record_.pc, .exact = true});

  // libdwfl treats memory that it cannot read as the end of the stack.
  if (stack.frames.size() >= most_frames) {
    stack.end = "the frames lead in circles";
  } else if (beyond_stack_) {
    stack.end = "what lies further out on the stack was not kept";
  } else if (result == 0) {
    stack.end = "complete";
  } else {
    stack.end = "no way to unwind further";
  }
  if (stack.end != "complete" && stack.frames.size() < fewest_frames + (stack.repaired.empty() ? 0 : 1))
    guess(thread, stack);
  if (stack.frames.size() > innermost_frames + outermost_frames) {
    const auto first = stack.frames.begin() + innermost_frames;
    const auto last = stack.frames.end() - outermost_frames;
    *first = {.pc = static_cast<std::uint64_t>(last - first), .gap = true};
    stack.frames.erase(first + 1, last);
  }
  return stack;
}

}  // namespace wm
