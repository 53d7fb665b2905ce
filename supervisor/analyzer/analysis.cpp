#include "supervisor/analyzer/analysis.h"

#include <elf.h>

#include <chrono>
#include <string>
#include <utility>

#include "supervisor/analyzer/fault_meaning.h"
#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/modules.h"
#include "supervisor/analyzer/symboliser.h"
#include "supervisor/analyzer/unwinder.h"

namespace wm {
namespace {

ThreadStack thread_stack(const ThreadSnapshot& thread, const SnapshotHeader& header, WalkedStack walked,
                         Symboliser& symboliser) {
  ThreadStack stack{.tid = thread.record.tid,
                    .name = thread.name,
                    .first = thread.record.tid == header.first_tid,
                    .answered = thread.record.answered != 0,
                    .cpu_ns = thread.record.cpu_ns,
                    .repaired = std::move(walked.repaired),
                    .end = std::move(walked.end)};
  for (const WalkedFrame& frame : walked.frames) {
    for (StackFrame& named : symboliser.name(frame)) stack.frames.push_back(std::move(named));
  }
  return stack;
}

const char* kind_name(std::uint32_t kind) {
  switch (static_cast<SnapshotKind>(kind)) {
    case SnapshotKind::fault:
      return "fault";
    case SnapshotKind::exit:
      return "exit";
    case SnapshotKind::look:
      return "look";
  }
  return "unknown";
}

const char* access_name(std::uint32_t access) {
  constexpr const char* names[] = {"", "read", "write", "execute"};
  return access < std::size(names) ? names[access] : "";
}

}  // namespace

SnapshotAnalysis analyse(const Snapshot& snapshot) {
  const auto began = std::chrono::steady_clock::now();
  const SnapshotHeader& header = *snapshot.header;
  const MemoryMap map(snapshot.map);
  FaultMeaning meaning = meaning_of_fault(snapshot, map);
  SnapshotAnalysis analysis{
      .machine = header.machine == EM_X86_64 ? "x86_64" : "aarch64",
      .kind = kind_name(header.kind),
      .complete = header.state == static_cast<std::uint32_t>(SnapshotState::complete),
      .signal = header.signal,
      .signal_name = signal_name(header.signal),
      .code = header.code,
      .code_name = code_name(header.signal, header.code),
      .sender_pid = header.sender_pid,
      .exit_status = header.exit_status,
      .syscall = header.syscall,
      .access = access_name(header.access),
      .address_meaning = std::move(meaning.words),
      .stack_overflow = meaning.stack_overflow,
      .snapshot_ms = static_cast<double>(header.took_ns) / 1e6,
      .threads_alive = header.threads_alive,
  };
  if (header.address_known != 0) analysis.address = header.address;

  Modules modules(snapshot, map);
  Unwinder unwinder(snapshot, map, modules);
  Symboliser symboliser(modules);
  for (const ThreadSnapshot& thread : snapshot.threads)
    analysis.threads.push_back(thread_stack(thread, header, unwinder.walk(thread), symboliser));
  for (const Mapping& mapping : map.mappings()) {
    if (!mapping.executable()) continue;
    analysis.map.push_back({.start = mapping.start,
                            .end = mapping.end,
                            .permissions = mapping.permissions,
                            .offset = mapping.offset,
                            .path = mapping.path});
  }
  analysis.took_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  return analysis;
}

}  // namespace wm
