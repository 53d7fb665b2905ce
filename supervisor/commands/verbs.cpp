#include "supervisor/commands/verbs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "supervisor/commands/crashes.h"
#include "supervisor/commands/doctor.h"
#include "supervisor/commands/preview.h"
#include "supervisor/commands/replay.h"
#include "supervisor/commands/stacks.h"

namespace wm {
namespace {

struct Entry {
  std::string_view word;
  int (*run)(std::span<const char* const>);
};

constexpr std::array<Entry, 5> verbs{{
    {"crashes", crashes_command},
    {"doctor", doctor_command},
    {"preview", preview_command},
    {"replay", replay_command},
    {"stacks", stacks_command},
}};

}  // namespace

std::optional<int> run_verb(std::span<const char* const> arguments) {
  if (arguments.empty()) return std::nullopt;
  const auto* const found = std::ranges::find(verbs, std::string_view(arguments.front()), &Entry::word);
  if (found == verbs.end()) return std::nullopt;
  return found->run(arguments.subspan(1));
}

}  // namespace wm
