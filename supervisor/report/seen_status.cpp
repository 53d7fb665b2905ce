#include "supervisor/report/seen_status.h"

#include <utility>

#include <fmt/format.h>

#include "common/os/realtime.h"
#include "supervisor/ownership/job_holder.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {

SeenStatus see_status(const JobDirectory& job) {
  auto holder = job_holder(job);
  auto stored = read_job_status(job);
  if (!holder) holder = job_holder(job);  // a run may have begun in between
  // Until a run has accepted the journal, the status is that of the run before.
  const auto* const owner = holder && holder->record ? &*holder->record : nullptr;
  const bool is_of_other =
      owner != nullptr && stored && (owner->pid != stored->status.pid || owner->host != stored->status.host);
  if (is_of_other) stored.reset();
  if (!stored && !holder) {
    throw UsageError(fmt::format("{} has no {}: no run has written one, or its disk was full",
                                 shown_path(job.path()), status_file));
  }
  // The one before it has written that.
  if (stored && holder && holder->record && holder->record->pid != stored->status.pid) stored.reset();
  const JobState state = stored ? job_state(stored->status, holder.has_value()) : JobState::running;
  return {std::move(stored), state};
}

std::string seen_status_text(const SeenStatus& seen, std::size_t columns) {
  if (!seen.stored) return "starting: the supervisor has not written its first status yet\n";
  return status_text(seen.stored->status, seen.state, realtime_ns(), columns);
}

}  // namespace wm
