#pragma once

// What `wm-supervisor status` shows. Pure: values in, text out.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "supervisor/report/job_status.h"

namespace wm {

enum class JobState : std::uint8_t { running, finished, stopped_early, died };
inline constexpr std::array<std::string_view, 4> job_state_names{"running", "finished", "stopped early",
                                                                 "died"};

/// `is_held`: a supervisor runs the job, here or on another machine.
[[nodiscard]] JobState job_state(const JobStatus& status, bool is_held);

/// Lines of at most `columns` characters. `now_ns`: since the epoch; a status that is older than ten seconds
/// says so.
[[nodiscard]] std::string status_text(const JobStatus& status, JobState state, std::int64_t now_ns,
                                      std::size_t columns);

}  // namespace wm
