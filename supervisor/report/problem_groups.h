#pragma once

// Counts problems by kind and message, in bounded memory whatever the messages are. One thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/job/outcome.h"

namespace wm {

/// Problems of one kind and message.
struct ProblemGroup {
  FailureKind kind{};
  std::string message;  // with "..." for the names of the problem's own input and output
  std::uint64_t count = 0;
};

class ProblemGroups {
 public:
  /// Of different kinds or messages that are counted; problems of others are only counted together.
  static constexpr std::size_t most = 4096;

  void add(FailureKind kind, const std::string& message, std::uint64_t count = 1);
  void add_ungrouped(std::uint64_t count) { ungrouped_ += count; }

  struct Groups {
    std::vector<ProblemGroup> groups;  // the most frequent first
    std::uint64_t ungrouped = 0;       // problems in none of them
  };
  /// At most `shown` of them.
  [[nodiscard]] Groups list(std::size_t shown) const;

 private:
  std::unordered_map<std::string, std::uint64_t> groups_;  // by kind and message
  std::uint64_t ungrouped_ = 0;
};

}  // namespace wm
