#pragma once

// Turns argv and the configuration file into JobSettings.

#include <span>
#include <string>
#include <variant>

#include "supervisor/cli/job_settings.h"

namespace wm {

/// The user asked for text instead of a run (--help, --print-config).
struct PrintedText {
  std::string text;
};

/// --version: which the worker must be asked, too.
struct VersionQuestion {
  std::string worker_program;  // as given, or ""
};

/// `arguments` without the program's name. Reads the configuration file and the logos, writes nothing.
/// Throws UsageError.
[[nodiscard]] std::variant<JobSettings, PrintedText, VersionQuestion> parse_command_line(
    std::span<const char* const> arguments);

}  // namespace wm
