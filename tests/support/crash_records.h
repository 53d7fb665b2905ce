#pragma once

// Crash records as a stranger or a worker that somebody has taken over might write them.

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "common/crash/crash_record.h"

namespace wm::test {

struct FakeCrashRecord {
  CrashRecordState state = CrashRecordState::recorded;
  pid_t pid = 0;  // its start time is asked of /proc
  std::uint32_t worker = 0;
  std::string input;            // of the task in progress; "" is none
  std::string map;              // of the snapshot: text of /proc/PID/maps
  std::uint64_t pc = 0x401100;  // where the one thread stands
  std::string module;           // the first bytes of the file that is mapped at `module_start`
  std::uint64_t module_start = 0x400000;
};

/// Mode 0600; makes the directories above it.
void write_crash_record(const std::string& path, const FakeCrashRecord& crash_record);

/// Field 22 of /proc/PID/stat, 0 when there is no such process.
[[nodiscard]] std::uint64_t start_ticks_of(pid_t pid);

/// A line of a memory map for the whole of a file that is executable.
[[nodiscard]] std::string map_line(std::uint64_t start, std::uint64_t bytes, const std::string& path);

}  // namespace wm::test
