#include "supervisor/analyzer/snapshot_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <stdexcept>

#include "common/crash/crash_record.h"
#include "common/os/errno_error.h"
#include "supervisor/analyzer/build_id.h"

namespace wm {
namespace {

/// The bytes of one area; reads beyond its end return nothing.
class Area {
 public:
  Area(int fd, unsigned number) : fd_(fd), start_(offset_of_area(number)) {}

  /// Returns as many bytes as there are, at most `bytes`. Throws std::system_error.
  [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset >= snapshot_area_bytes) return {};
    std::string result(std::min<std::uint64_t>(bytes, snapshot_area_bytes - offset), '\0');
    std::size_t done = 0;
    while (done < result.size()) {
      const ssize_t got = ::pread(fd_, result.data() + done, result.size() - done,
                                  static_cast<off_t>(start_ + offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw_errno("cannot read the crash record");
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    result.resize(done);
    return result;
  }

 private:
  int fd_;
  std::uint64_t start_;
};

std::string name_of(const ThreadRecord& record) {
  return {record.name, ::strnlen(record.name, sizeof record.name)};
}

}  // namespace

Snapshot read_snapshot(int record_fd, unsigned area_number) {
  const Area area(record_fd, area_number);
  Snapshot snapshot;
  snapshot.header = std::make_unique<SnapshotHeader>();
  SnapshotHeader& header = *snapshot.header;
  const std::string bytes = area.read(0, sizeof header);
  if (bytes.size() == sizeof header) std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != snapshot_magic) throw std::runtime_error("there is no snapshot in the crash record");
  if (header.version != snapshot_version) {
    throw std::runtime_error("the snapshot was written by another version of wm-supervisor");
  }
  snapshot.map = area.read(header.map_offset, std::min<std::uint64_t>(header.map_bytes, max_map_bytes));

  const std::uint64_t modules = std::min<std::uint64_t>(header.modules, max_snapshot_modules);
  for (std::uint64_t i = 0; i < modules; ++i) {
    const std::string text = area.read(header.modules_offset + i * sizeof(ModuleHead), sizeof(ModuleHead));
    if (text.size() != sizeof(ModuleHead)) break;
    ModuleHead module;
    std::memcpy(&module, text.data(), sizeof module);
    const auto image = std::span<const std::byte>(module.head)
                           .first(std::min<std::uint64_t>(module.bytes, module_head_bytes));
    snapshot.modules.push_back({.start = module.start, .build_id = build_id_of(image).value_or("")});
  }

  const std::uint64_t threads = std::min<std::uint64_t>(header.threads, max_snapshot_threads);
  for (std::uint64_t i = 0; i < threads; ++i) {
    const ThreadRecord& record = header.thread[i];
    ThreadSnapshot thread{.record = record, .name = name_of(record)};
    if (record.answered != 0) {
      thread.stack =
          area.read(record.stack_offset, std::min<std::uint64_t>(record.stack_bytes, max_own_stack));
      thread.stack_start = record.stack_start;
    }
    snapshot.threads.push_back(std::move(thread));
  }
  return snapshot;
}

}  // namespace wm
