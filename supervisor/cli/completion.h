#pragma once

// What makes shells complete this program's command lines, made from the option table and the table of
// subcommands.

#include <string>
#include <string_view>

namespace wm {

/// The script for bash, zsh or fish.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace wm
