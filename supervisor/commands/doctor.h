#pragma once

// `wm-supervisor doctor`: what this machine offers, and what is missing.

#include <span>

namespace wm {

/// `arguments` behind the word "doctor". Returns 0, or 1 when something needed is missing. Throws UsageError.
[[nodiscard]] int doctor_command(std::span<const char* const> arguments);

}  // namespace wm
