#include <cstdlib>

#include "common/kill_point/kill_point.h"
#include "supervisor/ownership/owner_verdict.h"

namespace wm {

OwnerTimes owner_times() {
  OwnerTimes times;
  if constexpr (with_kill_points) {
    const char* const wanted = std::getenv("WM_OWNER_SECOND_MS");  // NOLINT(concurrency-mt-unsafe): only read
    if (wanted == nullptr) return times;
    const long milliseconds = std::strtol(wanted, nullptr, 10);
    if (milliseconds <= 0) return times;
    for (auto* const time :
         {&times.touch, &times.trust, &times.publish, &times.time_out, &times.second_look}) {
      *time = *time * milliseconds / 1000;
    }
  }
  return times;
}

}  // namespace wm
