#pragma once

// A worker's life: attach to the resources handed down by the supervisor, boot, then claim tasks until told
// to stop.

#include <functional>

#include "common/job/job_description.h"
#include "common/job/task.h"
#include "common/segment/worker_exit.h"
#include "worker/log/logger.h"
#include "worker/stages/memory_grants.h"
#include "worker/stages/stage_clock.h"

namespace wm {

/// Processes one task, or throws TaskFailure.
using ProcessTask = std::function<Published(const Task&, StageClock&)>;

/// Returns when the job is the supervisor's. To be called right before an output gets its name.
using AwaitOwnership = std::function<void()>;

/// Makes the function above; called once. An exception is the reason why the job cannot run.
using Boot = std::function<ProcessTask(const JobDescription&, Logger&, MemoryGrants&, const AwaitOwnership&)>;

/// `argv[1]` is the worker's index, `argv[2]` the supervisor's pid. Returns the exit code. Call it once, from
/// main.
[[nodiscard]] int run_worker(int argc, char* argv[], const Boot& boot);

}  // namespace wm
