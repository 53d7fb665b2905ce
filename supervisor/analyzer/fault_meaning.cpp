#include "supervisor/analyzer/fault_meaning.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace wm {
namespace {

constexpr std::uint64_t null_page = 64 << 10;                 // an offset into an object at NULL
constexpr std::uint64_t near_stack = std::uint64_t{1} << 20;  // a frame may skip the guard page
constexpr std::uint64_t user_space_end = std::uint64_t{1} << 47;

std::string_view verb(const SnapshotHeader& header) {
  switch (header.access) {
    case 1:
      return "reading from";
    case 2:
      return "writing to";
    case 3:
      return "executing";
    default:
      return "using";
  }
}

/// Whether the address lies just below the thread's stack, and the stack pointer is near it.
bool ran_over(const SnapshotHeader& header, const MemoryMap& map) {
  if (header.signal != SIGSEGV || header.address_known == 0) return false;
  const std::uint64_t sp = header.thread[0].sp;
  const std::uint64_t distance = sp > header.address ? sp - header.address : header.address - sp;
  if (distance > near_stack) return false;
  const Mapping* const here = map.at(header.address);
  if (here != nullptr && here->writable()) return false;
  const Mapping* const stack = map.above(header.address);
  return stack != nullptr && stack->writable() && stack->start - header.address <= near_stack &&
         (map.at(sp) == nullptr || !map.at(sp)->writable() || stack->contains(sp));
}

}  // namespace

FaultMeaning meaning_of_fault(const Snapshot& snapshot, const MemoryMap& map) {
  const SnapshotHeader& header = *snapshot.header;
  const bool about_memory = header.signal == SIGSEGV || header.signal == SIGBUS;
  if (header.kind != static_cast<std::uint32_t>(SnapshotKind::fault)) return {};
  if (header.code <= 0 && header.sender_pid > 0) {
    const bool itself = std::ranges::any_of(snapshot.threads, [&](const ThreadSnapshot& thread) {
      return thread.record.tid == header.sender_pid;
    });
    if (itself) return {about_memory ? "the worker sent itself the signal; no address is at fault" : ""};
    return {fmt::format("the signal was sent by process {} of user {}; the frames say only where it struck",
                        header.sender_pid, header.sender_uid)};
  }
  if (!about_memory) return {};
  if (header.code <= 0) return {"the signal was sent; no address is at fault"};
  if (header.address_known == 0) {
    return {
        "the processor does not say which address (one that no program can have, or a misaligned access)"};
  }
  const std::uint64_t address = header.address;
  if (ran_over(header, map)) {
    return {fmt::format("stack overflow: thread {} ran over the end of its stack (address {:#x})",
                        snapshot.threads.empty() ? "" : snapshot.threads.front().name, address),
            true};
  }
  if (address == 0) return {fmt::format("a null pointer: {} address 0", verb(header))};
  if (address < null_page) {
    return {fmt::format("a null pointer: {} {:#x}, a member or element at that offset from NULL",
                        verb(header), address)};
  }
  const Mapping* const here = map.at(address);
  if (here != nullptr) {
    const std::string what = here->path.empty() ? "anonymous memory" : here->path;
    if (header.signal == SIGBUS) {
      return {
          fmt::format("{} {:#x}: beyond the end of the mapped file {}; it was cut short, or its disk failed",
                      verb(header), address, what)};
    }
    return {fmt::format("{} {:#x} in {}, which allows only \"{}\"", verb(header), address, what,
                        here->permissions)};
  }
  if (address >= user_space_end)
    return {fmt::format("{} {:#x}, which is no address of a program", verb(header), address)};
  if (const Mapping* const below = map.below(address);
      below != nullptr && address - below->end < near_stack) {
    return {fmt::format("{} {:#x}, {} bytes after the end of {}", verb(header), address, address - below->end,
                        below->path.empty() ? "anonymous memory" : below->path)};
  }
  return {fmt::format("{} {:#x}, where nothing is mapped", verb(header), address)};
}

std::string signal_name(int signal) {
  const char* const word = ::sigabbrev_np(signal);
  return word == nullptr ? "" : fmt::format("SIG{}", word);
}

std::string code_name(int signal, int code) {
  struct Code {
    int signal, code;
    std::string_view name;
  };
  static constexpr std::array<Code, 24> codes{{
      {SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR"},
      {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR"},
      {SIGBUS, BUS_ADRALN, "BUS_ADRALN"},
      {SIGBUS, BUS_ADRERR, "BUS_ADRERR"},
      {SIGBUS, BUS_OBJERR, "BUS_OBJERR"},
      {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR"},
      {SIGFPE, FPE_INTDIV, "FPE_INTDIV"},
      {SIGFPE, FPE_INTOVF, "FPE_INTOVF"},
      {SIGFPE, FPE_FLTDIV, "FPE_FLTDIV"},
      {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF"},
      {SIGFPE, FPE_FLTUND, "FPE_FLTUND"},
      {SIGFPE, FPE_FLTRES, "FPE_FLTRES"},
      {SIGFPE, FPE_FLTINV, "FPE_FLTINV"},
      {SIGFPE, FPE_FLTSUB, "FPE_FLTSUB"},
      {SIGILL, ILL_ILLOPC, "ILL_ILLOPC"},
      {SIGILL, ILL_ILLOPN, "ILL_ILLOPN"},
      {SIGILL, ILL_ILLADR, "ILL_ILLADR"},
      {SIGILL, ILL_PRVOPC, "ILL_PRVOPC"},
      {SIGILL, ILL_PRVREG, "ILL_PRVREG"},
      {SIGILL, ILL_BADSTK, "ILL_BADSTK"},
      {SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT"},
      {SIGTRAP, TRAP_TRACE, "TRAP_TRACE"},
      {SIGSYS, 1, "SYS_SECCOMP"},
      {SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO"},
  }};
  for (const Code& known : codes) {
    if (known.signal == signal && known.code == code) return std::string(known.name);
  }
  if (code == SI_USER) return "SI_USER";
  if (code == SI_TKILL) return "SI_TKILL";
  if (code == SI_QUEUE) return "SI_QUEUE";
  if (code == SI_KERNEL) return "SI_KERNEL";
  return "";
}

}  // namespace wm
