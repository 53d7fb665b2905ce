#include "supervisor/ownership/machine_start.h"

#include <time.h>

#include <fstream>

#include "common/os/realtime.h"

namespace wm {

MachineStart machine_start() {
  MachineStart start;
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::getline(file, start.boot_id);
  timespec up{};
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  start.ns = realtime_ns() - (static_cast<std::int64_t>(up.tv_sec) * 1'000'000'000 + up.tv_nsec);
  return start;
}

}  // namespace wm
