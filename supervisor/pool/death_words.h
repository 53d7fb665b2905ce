#pragma once

// A worker's death in words. Pure.

#include <string>

#include "common/job/outcome.h"
#include "supervisor/pool/restart_policy.h"
#include "supervisor/pool/worker_pool.h"

namespace wm {

/// "killed by SIGSEGV", "exited with status 3", "exceeded its time".
[[nodiscard]] std::string death_words(const WorkerDeath& death);

/// What the death says of the workers. `had_task`: the worker was found with one in hand.
[[nodiscard]] DeathBlame blame_of(const WorkerDeath& death, bool had_task, bool segment_is_damaged);

/// What the death means for the task that the worker had in hand.
[[nodiscard]] FailureKind kind_of(const WorkerDeath& death);

}  // namespace wm
