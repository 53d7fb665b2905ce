#pragma once

// A worker's death in words. Pure.

#include <cstdint>
#include <string>

#include "common/job/outcome.h"
#include "supervisor/pool/restart_policy.h"
#include "supervisor/pool/worker_pool.h"

namespace wm {

/// "killed by SIGSEGV", "exited with status 3", "exceeded its time".
[[nodiscard]] std::string death_words(const WorkerDeath& death);

/// The conclusion from the death about the workers. `had_task`: the worker had a task in hand.
[[nodiscard]] DeathBlame blame_of(const WorkerDeath& death, bool had_task, bool segment_is_damaged);

/// Whether we killed the worker for something else than the task with this ticket: for another task,
/// `killed_for`, that it has finished meanwhile, or for having none. Then it had hardly begun this one.
[[nodiscard]] bool killed_for_another(const WorkerDeath& death, std::uint64_t killed_for,
                                      std::uint64_t ticket);

/// The kind of failure of the task that the worker had in hand.
[[nodiscard]] FailureKind kind_of(const WorkerDeath& death);

}  // namespace wm
