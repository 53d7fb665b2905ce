#pragma once

// When this machine was started: anything older was written before.

#include <cstdint>
#include <string>

namespace wm {

struct MachineStart {
  std::string boot_id;  // of the kernel, different after each start
  std::int64_t ns = 0;  // since the epoch, by the present clock
};

[[nodiscard]] MachineStart machine_start();

}  // namespace wm
