#pragma once

// The result of analysing a snapshot: one type for everything from the analyzer to the crash report. Values
// only; docs/crash_report.md explains the fields to users.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wm {

/// The file that an address lies in, compared with the one that was mapped.
enum class OnDisk : std::uint8_t {
  same,
  different,
  missing,
  refused,  // the map names a file that we do not open: see module_files.h
};

struct StackFrame {
  std::uint64_t left_out = 0;  // not 0: stands for so many omitted frames; the other fields are unused
  std::uint64_t pc = 0;
  std::string function;  // demangled, "" when unknown
  std::string file;      // as given to the compiler, "" when unknown
  int line = 0;          // 0: unknown
  int column = 0;        // 0: unknown
  bool inlined = false;  // into the next frame
  bool guessed = false;  // found by searching a smashed stack for return addresses
  std::string module;    // the path's last component
  std::string path;      // "" when the address is not in a file
  std::uint64_t offset = 0;
  std::string build_id;  // "" when unknown
  OnDisk on_disk = OnDisk::missing;
  bool operator==(const StackFrame&) const = default;
};

struct ThreadStack {
  std::int32_t tid = 0;
  std::string name;
  bool first = false;  // the one that died, or was asked
  bool answered = true;
  std::uint64_t cpu_ns = 0;
  std::string repaired;            // what had to be repaired before the stack could be walked
  std::string end;                 // "complete", or the reason why there are no more frames
  std::vector<StackFrame> frames;  // innermost first
};

struct ExecutableMapping {
  std::uint64_t start = 0, end = 0;
  std::string permissions;
  std::uint64_t offset = 0;
  std::string path;
};

struct SnapshotAnalysis {
  std::string machine;  // x86_64, aarch64
  std::string kind;     // fault, exit, look
  bool complete = false;
  int signal = 0;
  std::string signal_name;
  int code = 0;
  std::string code_name;
  std::int32_t sender_pid = 0;
  int exit_status = 0;
  std::int64_t syscall = 0;
  std::optional<std::uint64_t> address;
  std::string access;           // read, write, execute
  std::string address_meaning;  // one sentence
  bool stack_overflow = false;
  double snapshot_ms = 0;
  std::vector<ThreadStack> threads;  // the dead thread first
  std::uint32_t threads_alive = 0;
  std::vector<ExecutableMapping> map;
  double took_ms = 0;
};

}  // namespace wm
