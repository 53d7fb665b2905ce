#pragma once

// `wm-supervisor replay CRASH`: does again what a worker did when it crashed, outside of the job.

#include <span>

namespace wm {

/// `arguments` behind the word "replay". Returns replay_same, replay_different or replay_not_reproduced.
/// Throws UsageError.
[[nodiscard]] int replay_command(std::span<const char* const> arguments);

}  // namespace wm
