#pragma once

// A worker's death in words. Pure.

#include <string>

#include "common/job/outcome.h"
#include "supervisor/pool/worker_pool.h"

namespace wm {

/// "killed by SIGSEGV", "exited with status 3", "exceeded its time".
[[nodiscard]] std::string death_words(const WorkerDeath& death);

/// What the death means for the task that the worker had in hand.
[[nodiscard]] FailureKind kind_of(const WorkerDeath& death);

}  // namespace wm
