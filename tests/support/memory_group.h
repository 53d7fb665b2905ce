#pragma once

// A control group of the test's own whose memory has a limit, so that the kernel kills in it and not
// elsewhere. Version 1 and 2 of control groups; only root may make one without being given the right to. One
// thread.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "tests/support/run_program.h"

namespace wm::test {

class MemoryGroup {
 public:
  /// None where no group with a limit can be made.
  [[nodiscard]] static std::optional<MemoryGroup> make(std::uint64_t bytes);
  /// Its processes must be gone.
  ~MemoryGroup();
  MemoryGroup(MemoryGroup&& other) noexcept;
  MemoryGroup& operator=(MemoryGroup&&) = delete;
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  /// `command`, begun inside of the group.
  [[nodiscard]] Words inside(const Words& command) const;

 private:
  explicit MemoryGroup(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;  // empty: moved from
};

}  // namespace wm::test
