#pragma once

// A snapshot of all threads of a worker, in an area of its crash record: a header with one record per thread,
// then (at the offsets given in the header, from the start of the area) the process' memory map as text, the
// first bytes of each mapped module, and each thread's stack from its stack pointer upwards. Written by
// async-signal-safe code, read by the supervisor (header only) and wm-crash-analyzer. Format:
// docs/crash_record_format.md.

#include <signal.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace wm {

inline constexpr std::uint64_t snapshot_magic = 0x31504E53'2D4D57ULL;  // "WM-SNP1"
inline constexpr std::uint32_t snapshot_version = 1;

inline constexpr std::size_t max_snapshot_threads = 128;
inline constexpr std::size_t max_snapshot_modules = 256;
inline constexpr std::size_t module_head_bytes = 2048;  // ELF header, program headers, build id
inline constexpr std::size_t max_map_bytes = std::size_t{512} << 10;
inline constexpr std::size_t max_own_stack = std::size_t{256} << 10;   // of the dying thread
inline constexpr std::size_t max_other_stack = std::size_t{64} << 10;  // of any other thread

enum class SnapshotKind : std::uint32_t {
  fault = 1,  // a fatal signal
  exit = 2,   // somebody called exit(), _exit() or quick_exit()
  look = 3,   // of a worker that lives on: deadline, `stacks`
};

enum class SnapshotState : std::uint32_t { none = 0, writing = 1, complete = 2 };

/// Registers in DWARF's order: x86-64 has 17 (the last is the return address column: rip), AArch64 x0 to x30,
/// sp and, at index 32, pc.
inline constexpr std::size_t max_registers = 33;

struct ThreadRecord {
  std::int32_t tid;
  std::uint32_t answered;  // 0: no registers and no stack, because the thread had blocked our signal
  char name[16];           // comm, NUL-terminated
  std::uint64_t cpu_ns;    // CPU time that the thread has used so far
  std::uint64_t pc;
  std::uint64_t sp;
  std::array<std::uint64_t, max_registers> registers;
  std::uint64_t stack_offset;  // of the stack's bytes in the area
  std::uint64_t stack_bytes;   // number saved, upwards from `sp` less the red zone (rounded down to 16)
  std::uint64_t stack_start;   // address of the first saved byte
};

struct SnapshotHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t state;    // SnapshotState
  std::uint32_t kind;     // SnapshotKind
  std::uint32_t machine;  // EM_X86_64 or EM_AARCH64
  std::uint64_t request;  // look: the number sent with the signal
  std::int64_t time_ns;   // CLOCK_REALTIME
  std::uint64_t took_ns;

  // fault
  std::int32_t signal;
  std::int32_t code;      // si_code
  std::uint64_t address;  // si_addr; meaningful only with address_known
  std::uint32_t address_known;
  std::uint32_t access;     // 0: unknown, 1: read, 2: write, 3: execute
  std::int32_t sender_pid;  // when the signal was sent (si_code <= 0), else 0
  std::uint32_t sender_uid;
  std::int32_t syscall;  // SIGSYS: its number
  // exit
  std::int32_t exit_status;

  std::int32_t first_tid;       // the thread that died or called exit
  std::uint32_t threads;        // number of records below
  std::uint32_t threads_alive;  // may exceed the number of records
  std::uint32_t modules;        // number of ModuleHeads
  std::uint64_t map_offset;     // /proc/self/maps as text
  std::uint64_t map_bytes;
  std::uint64_t modules_offset;  // `modules` times ModuleHead

  std::array<ThreadRecord, max_snapshot_threads> thread;  // first_tid's record comes first
};

/// The beginning of a mapped file. It holds the build id, even if the file has been replaced since.
struct ModuleHead {
  std::uint64_t start;  // address of the mapping with file offset 0
  std::uint64_t bytes;  // number that could be read
  std::array<std::byte, module_head_bytes> head;
};

static_assert(std::is_trivially_copyable_v<SnapshotHeader> && std::is_trivially_copyable_v<ModuleHead>);

/// The signal that asks a worker for a snapshot. It is sent to the process with sigqueue() semantics; the
/// value is area + 16 * request. Never send it to a worker whose crash record is not `armed`: the signal
/// would kill it.
inline int snapshot_signal() {
  return SIGRTMIN + 4;
}

}  // namespace wm
