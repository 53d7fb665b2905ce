#include "supervisor/ownership/job_holder.h"

#include <chrono>
#include <cstdlib>

#include "common/os/realtime.h"
#include "supervisor/ownership/job_lock.h"
#include "supervisor/ownership/local_locks.h"
#include "supervisor/ownership/owner_file.h"
#include "supervisor/ownership/owner_verdict.h"

namespace wm {

std::optional<JobHolder> job_holder(const JobDirectory& directory) {
  const auto seen = OwnerFile::read(directory, owner_file);
  auto record = seen ? owner_record_from(seen->text) : std::nullopt;
  const auto locker = JobLock::holder(directory);
  if (locker) return JobHolder{.pid = *locker, .record = std::move(record)};
  if (!seen) return std::nullopt;
  const OwnerRecord here = record_of_this_process(RunToken{}, local_disk(directory.fd()));
  const OwnerProcess process = record ? process_of(*record, here) : OwnerProcess::unknown;
  const OwnerFacts facts{.exists = true,
                         .process = process,
                         .lock_decides = record && share_locks(*record, here),
                         .untouched = std::chrono::nanoseconds(std::abs(realtime_ns() - seen->touched_ns))};
  // The file's age depends on the clocks of two machines.
  const pid_t pid = process == OwnerProcess::alive ? record->pid : 0;
  if (pid == 0 && verdict_on(facts, owner_times()) != OwnerVerdict::alive) return std::nullopt;
  return JobHolder{.pid = pid, .record = std::move(record)};
}

}  // namespace wm
