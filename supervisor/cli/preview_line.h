#pragma once

// The command line of `wm-supervisor preview`: the options of a job, but -o names the picture that is made,
// and there is one INPUT. The configuration file counts as it does for a run; its inputs and its output are
// left aside.

#include <span>
#include <string>
#include <variant>

#include "supervisor/cli/command_line.h"

namespace wm {

struct PreviewLine {
  JobSettings job;    // its output means nothing
  std::string input;  // as given
  std::string file;   // of -o; else default_comparison_file()
};

/// "photo-preview.png" for "a/b/photo.jpg".
[[nodiscard]] std::string default_comparison_file(const std::string& input);

/// `arguments` after the word "preview". Throws UsageError.
[[nodiscard]] std::variant<PreviewLine, PrintedText> parse_preview_line(
    std::span<const char* const> arguments);

}  // namespace wm
