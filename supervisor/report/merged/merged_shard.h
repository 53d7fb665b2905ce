#pragma once

// A shard of a job as its journal describes it. Values.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "supervisor/cli/shard.h"
#include "supervisor/journal/ledger.h"
#include "supervisor/journal/run_figures.h"

namespace wm {

enum class ShardState : std::uint8_t {
  missing,      // no run of it has begun
  running,      // a supervisor holds it
  died,         // its last run has no end
  stopped,      // its last run ended early, or left something to do
  unreadable,   // the file system gives an error
  damaged,      // what is there is no such shard, or contradicts itself
  another_job,  // its last run had another recipe, or was another shard
  outdated,     // its last run saw other files than the last runs of the others
  finished,
};
inline constexpr std::array<std::string_view, 9> shard_state_names{
    "missing", "running", "died", "stopped", "unreadable", "damaged", "another job", "outdated", "finished"};

[[nodiscard]] constexpr std::string_view name(ShardState state) noexcept {
  return shard_state_names[static_cast<std::size_t>(state)];
}

struct MergedShard {
  std::uint32_t index = 0;
  ShardState state = ShardState::missing;
  std::string reason = "no run of it has begun";  // why it is not finished; one line
  std::uint64_t runs = 0;                         // how many there were
  double elapsed_s = 0;                           // of all of them together
  Ledger ledger;  // its inputs as they stand now; of a running one, what its last status says
  // Of its last run:
  std::string started;             // UTC; "" when there is none
  std::string recipe_hash;         // hexadecimal; "" when unknown
  std::optional<ShardReport> saw;  // none: it was no shard, or the journal is of an earlier version
  std::uint64_t unreadable_directories = 0;
  std::uint64_t links_not_followed = 0;
};

}  // namespace wm
