#pragma once

// The text of --help, made from the option table.

#include <string>

namespace wm {

/// At most 100 columns wide.
[[nodiscard]] std::string help_text();

}  // namespace wm
