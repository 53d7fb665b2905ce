#pragma once

// The checks of `wm-supervisor doctor`: the capabilities of this machine and this installation. Read-only.
// One thread.

#include <cstdint>
#include <string>
#include <vector>

namespace wm {

enum class Health : std::uint8_t { fine, note, problem };

struct Finding {
  Health health{};
  std::string subject;  // "libvips"
  std::string words;    // one line
};

/// A group of findings under one heading.
struct Examination {
  std::string title;
  std::vector<Finding> findings;
};

/// `worker_program`: as --worker-program, "" selects the one that belongs to this program.
[[nodiscard]] std::vector<Examination> check_up(const std::string& worker_program);

}  // namespace wm
