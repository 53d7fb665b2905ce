#pragma once

// Crash records that a supervisor left behind when it died itself. They may have been written by a worker
// that somebody has taken over, or be somebody's forgeries: nothing is done to a process that they name, and
// no file that they name is opened.

#include <cstddef>
#include <optional>
#include <stop_token>
#include <vector>

#include "common/job/temporary_name.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/death_facts.h"

namespace wm {

/// So many crash records of an earlier run are read, the others removed: each may take the analyzer half a
/// minute.
inline constexpr std::size_t most_left_deaths = 64;

struct LeftDeaths {
  std::vector<DeathFacts> deaths;  // of workers whose handlers had begun
  std::size_t unread = 0;          // crash records above the limit, removed
};

/// Crash records without a death, and what is no crash record of this version, are removed, but not those of
/// the run `own_run`. Waits a moment, for all together, for handlers that are still at work; a request to
/// stop ends that. Throws UsageError when the directory is not the user's own, std::system_error.
[[nodiscard]] LeftDeaths left_deaths(const CrashDirectory& directory, std::optional<RunToken> own_run,
                                     const std::stop_token& stop);

}  // namespace wm
