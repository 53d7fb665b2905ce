#include "supervisor/report/problem_groups.h"

#include <algorithm>
#include <tuple>

namespace wm {

void ProblemGroups::add(FailureKind kind, const std::string& message, std::uint64_t count) {
  std::string group(1, static_cast<char>(kind));
  group += message;
  if (groups_.size() < most || groups_.contains(group)) {
    groups_[group] += count;
  } else {
    ungrouped_ += count;
  }
}

ProblemGroups::Groups ProblemGroups::list(std::size_t shown) const {
  Groups result{.groups = {}, .ungrouped = ungrouped_};
  for (const auto& [key, count] : groups_)
    result.groups.push_back({static_cast<FailureKind>(key.front()), key.substr(1), count});
  const auto comes_first = [](const ProblemGroup& one, const ProblemGroup& other) {
    return std::tie(other.count, one.kind, one.message) < std::tie(one.count, other.kind, other.message);
  };
  std::ranges::sort(result.groups, comes_first);
  while (result.groups.size() > shown) {
    result.ungrouped += result.groups.back().count;
    result.groups.pop_back();
  }
  return result;
}

}  // namespace wm
