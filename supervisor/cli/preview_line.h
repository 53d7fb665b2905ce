#pragma once

// The command line of `wm-supervisor preview`: the options of a job, except that -o names the picture to
// write and there is exactly one INPUT. The configuration file applies as it does to a run, but its inputs
// and output are ignored.

#include <span>
#include <string>
#include <variant>

#include "supervisor/cli/command_line.h"

namespace wm {

struct PreviewLine {
  JobSettings job;    // its output is meaningless
  std::string input;  // as given
  std::string file;   // from -o, or else default_comparison_file()
};

/// "photo-preview.png" for "a/b/photo.jpg".
[[nodiscard]] std::string default_comparison_file(const std::string& input);

/// `arguments` after the word "preview". Throws UsageError.
[[nodiscard]] std::variant<PreviewLine, PrintedText> parse_preview_line(
    std::span<const char* const> arguments);

}  // namespace wm
