#include "tests/support/memory_group.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

bool write_value(const fs::path& file, std::uint64_t value) {
  std::ofstream stream(file);
  stream << value << std::flush;
  return stream.good();
}

struct Version {
  const char* root;
  const char* limit;
  const char* swap;  // what must be set for the limit to hold where there is swap space
  bool swap_is_counted_with_memory;
};

constexpr std::array versions{
    Version{"/sys/fs/cgroup", "memory.max", "memory.swap.max", false},
    Version{"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", true}};

}  // namespace

std::optional<MemoryGroup> MemoryGroup::make(std::uint64_t bytes) {
  for (const Version& version : versions) {
    const fs::path directory = fs::path(version.root) / ("wm-test-" + std::to_string(::getpid()));
    std::error_code error;
    if (!fs::create_directory(directory, error)) continue;
    MemoryGroup group(directory);  // removes it again where it is none, or has no limit
    if (!fs::exists(directory / version.limit, error) || !write_value(directory / version.limit, bytes))
      continue;
    if (fs::exists(directory / version.swap, error))
      write_value(directory / version.swap, version.swap_is_counted_with_memory ? bytes : 0);
    return group;
  }
  return std::nullopt;
}

MemoryGroup::MemoryGroup(MemoryGroup&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}

MemoryGroup::~MemoryGroup() {
  if (directory_.empty()) return;
  // The kernel counts a process that has just ended for a moment more.
  const bool gone = wait_until([&] {
    std::error_code error;
    return fs::remove(directory_, error);
  });
  static_cast<void>(gone);
}

Words MemoryGroup::inside(const Words& command) const {
  Words words{"/bin/sh", "-c", R"(echo $$ >"$0" && exec "$@")", directory_ / "cgroup.procs"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

}  // namespace wm::test
