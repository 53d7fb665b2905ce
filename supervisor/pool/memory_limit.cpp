#include "supervisor/pool/memory_limit.h"

#include <sys/sysinfo.h>

#include <charconv>

#include <fmt/format.h>

#include "supervisor/pool/own_cgroup.h"

namespace wm {
namespace {

/// None for "max", and for anything that is not a number.
std::optional<std::uint64_t> limit_in(const std::string& text) {
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return bytes;
}

std::optional<std::uint64_t> lower(std::optional<std::uint64_t> one, std::optional<std::uint64_t> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

std::optional<std::uint64_t> lowest_cgroup_limit(const std::filesystem::path& hierarchy,
                                                 const std::string& group, const std::string& name) {
  std::optional<std::uint64_t> lowest;
  for (std::filesystem::path path = std::filesystem::path(group).relative_path();;
       path = path.parent_path()) {
    lowest = lower(lowest, limit_in(first_line(hierarchy / path / name)));
    if (path.empty()) return lowest;
  }
}

MachineMemory machine_memory() {
  struct sysinfo info {};
  ::sysinfo(&info);
  MachineMemory memory{.ram = std::uint64_t{info.totalram} * info.mem_unit, .cgroup_limit = {}};
  if (const auto group = own_cgroup("")) {
    memory.cgroup_limit = lowest_cgroup_limit("/sys/fs/cgroup", *group, "memory.max");
  }
  if (const auto group = own_cgroup("memory")) {  // v1 without a limit: a number beyond all memory
    memory.cgroup_limit = lower(
        memory.cgroup_limit, lowest_cgroup_limit("/sys/fs/cgroup/memory", *group, "memory.limit_in_bytes"));
  }
  return memory;
}

std::optional<std::uint64_t> memory_limit_of_worker(const MemoryLimit& setting, unsigned workers) {
  switch (setting.kind) {
    case MemoryLimit::Kind::none:
      return std::nullopt;
    case MemoryLimit::Kind::bytes:
      return setting.bytes;
    case MemoryLimit::Kind::automatic:
      break;
  }
  const MachineMemory memory = machine_memory();
  return default_memory_limit(memory.ram, memory.cgroup_limit, workers);
}

std::string memory_text(std::uint64_t bytes) {
  constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
  if (bytes >= gibibyte) return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / gibibyte);
  return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / (1 << 20));
}

}  // namespace wm
