#pragma once

// The workers of a segment that has two.

#include "common/job/task.h"

namespace wm {

inline constexpr WorkerIndex first_worker{0};
inline constexpr WorkerIndex second_worker{1};

}  // namespace wm
