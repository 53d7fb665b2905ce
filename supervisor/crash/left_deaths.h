#pragma once

// Crash records that a supervisor left behind when it died itself. They may have been written by a
// compromised worker, or be forgeries: no process named in them is touched, and no file named in them is
// opened.

#include <cstddef>
#include <optional>
#include <stop_token>
#include <vector>

#include "common/job/temporary_name.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/death_facts.h"

namespace wm {

/// At most so many crash records of an earlier run are read: the analyzer may take half a minute for each.
inline constexpr std::size_t most_left_deaths = 64;

struct LeftDeaths {
  std::vector<DeathFacts> deaths;  // of workers whose handlers had begun
  std::size_t unread = 0;          // number of crash records above the limit: removed by a run
  std::size_t unreadable = 0;      // number of those that the disk does not give: they stay for the next run
};

/// Removes crash records without a death and files that are not crash records of this version, except those
/// of the run `own_run`. Without one, no run has learned yet what workers published, so crash records stay.
/// Waits briefly, once for all together, for handlers that are still running; a stop
/// request ends the wait. Throws UsageError when the directory does not belong to the user,
/// std::system_error.
[[nodiscard]] LeftDeaths left_deaths(const CrashDirectory& directory, std::optional<RunToken> own_run,
                                     const std::stop_token& stop);

}  // namespace wm
