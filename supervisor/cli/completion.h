#pragma once

// Shell completion scripts for this program, generated from the option table and the table of subcommands.

#include <string>
#include <string_view>

namespace wm {

/// The script for bash, zsh or fish.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace wm
