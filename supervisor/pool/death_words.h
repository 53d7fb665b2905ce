#pragma once

// A worker's death in words. Pure.

#include <string>

#include "common/job/outcome.h"
#include "supervisor/pool/restart_policy.h"
#include "supervisor/pool/worker_pool.h"

namespace wm {

/// "killed by SIGSEGV", "exited with status 3", "exceeded its time".
[[nodiscard]] std::string death_words(const WorkerDeath& death);

/// The conclusion from the death about the workers. `had_task`: the worker had a task in hand.
[[nodiscard]] DeathBlame blame_of(const WorkerDeath& death, bool had_task, bool segment_is_damaged);

/// The kind of failure of the task that the worker had in hand.
[[nodiscard]] FailureKind kind_of(const WorkerDeath& death);

}  // namespace wm
