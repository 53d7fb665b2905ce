#include "tests/support/crash_records.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include <fmt/format.h>

#include "common/crash/mapped_crash_record.h"
#include "common/crash/snapshot_format.h"
#include "common/os/errno_error.h"

namespace wm::test {
namespace {

constexpr std::uint64_t stack_at = 1U << 20;
constexpr std::uint64_t map_at = 2U << 20;
constexpr std::uint64_t module_at = 3U << 20;
constexpr std::uint64_t stack_bytes = 4096;
constexpr std::uint64_t stack_pointer = 0x7ff000000000;

void put(int fd, const void* bytes, std::size_t count, std::uint64_t offset) {
  const auto at = static_cast<off_t>(offset_of_area(area_of_death) + offset);
  if (::pwrite(fd, bytes, count, at) != static_cast<ssize_t>(count))
    throw_errno("cannot write a crash record");
}

void write_snapshot(int fd, const FakeCrashRecord& crash_record) {
  auto header = std::make_unique<SnapshotHeader>();
  header->magic = snapshot_magic;
  header->version = snapshot_version;
  header->state = static_cast<std::uint32_t>(SnapshotState::complete);
  header->kind = static_cast<std::uint32_t>(SnapshotKind::fault);
  header->machine = EM_X86_64;
  header->signal = 11;
  header->time_ns = 1;
  header->threads = header->threads_alive = 1;
  header->first_tid = 1;
  ThreadRecord& thread = header->thread[0];
  thread.tid = 1;
  thread.answered = 1;
  std::strcpy(thread.name, "wm-worker");
  thread.pc = thread.registers[16] = crash_record.pc;
  thread.sp = thread.registers[7] = stack_pointer;
  thread.stack_start = stack_pointer - 128;
  thread.stack_bytes = stack_bytes;
  thread.stack_offset = stack_at;
  header->map_offset = map_at;
  header->map_bytes = crash_record.map.size();
  put(fd, crash_record.map.data(), crash_record.map.size(), map_at);
  if (!crash_record.module.empty()) {
    header->modules = 1;
    header->modules_offset = module_at;
    auto head = std::make_unique<ModuleHead>();
    head->start = crash_record.module_start;
    head->bytes = std::min(crash_record.module.size(), module_head_bytes);
    std::memcpy(head->head.data(), crash_record.module.data(), head->bytes);
    put(fd, head.get(), sizeof *head, module_at);
  }
  put(fd, header.get(), sizeof *header, 0);
}

}  // namespace

std::uint64_t start_ticks_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return 0;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return std::stoull(field);
}

std::string map_line(std::uint64_t start, std::uint64_t bytes, const std::string& path) {
  return fmt::format("{:08x}-{:08x} r-xp 00000000 08:01 123    {}\n", start, start + bytes, path);
}

void write_crash_record(const std::string& path, const FakeCrashRecord& crash_record) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  UniqueFd file(check_errno(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), path));
  const MappedCrashRecord mapped = MappedCrashRecord::create(std::move(file));
  CrashRecordHead& head = mapped.head();
  head.worker = crash_record.worker;
  head.incarnation = 1;
  head.started_ns = 1;
  head.pid = crash_record.pid;
  head.start_ticks = start_ticks_of(crash_record.pid);
  head.state.store(static_cast<std::uint32_t>(crash_record.state));
  if (!crash_record.input.empty()) {
    head.task.store(7);
    head.tasks.store(1);
    head.history[0].task = 7;
    head.history[0].attempt = 1;
    head.history[0].path_bytes = static_cast<std::uint32_t>(crash_record.input.size());
    std::strncpy(head.history[0].path, crash_record.input.c_str(), max_path_bytes);
  }
  write_snapshot(mapped.fd(), crash_record);
}

}  // namespace wm::test
