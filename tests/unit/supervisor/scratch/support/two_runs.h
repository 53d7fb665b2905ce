#pragma once

// Two runs of a job.

#include "common/job/temporary_name.h"

namespace wm::test {

inline constexpr RunToken token{0xabc};
inline constexpr RunToken next{0xdef};

}  // namespace wm::test
