#include "supervisor/cli/help_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "supervisor/cli/option_table.h"

namespace wm {
namespace {

constexpr std::string_view purpose =
    "Puts visible marks (logos, text) on pictures, with many worker processes. INPUT is a file or a "
    "directory. The same command again goes on where it was stopped.";

constexpr std::string_view examples = R"(
Examples:
  wm-supervisor -o marked --logo logo.png --offset 2% --scale 15% photos
  wm-supervisor -o marked -r --text "(c) Ada" --size 4% --fill '#fff8' photos
  find . -name '*.jpg' -print0 |
    wm-supervisor -o /out --files-from0 - --logo logo.svg
  wm-supervisor --workers 8    the job of ./wm-supervisor.toml, which
                               --print-config writes
)";

constexpr std::string_view ending =
    "\nFlags take =false as well, to undo what the configuration file says.\n\n"
    "Exit codes: 0 every input is marked or up to date; 1 some failed; 2 wrong use, nothing was touched; "
    "3 the job was halted; 75 another wm-supervisor runs it; 130 and 143 stopped by Ctrl-C and SIGTERM.\n";

constexpr std::array brief_options{"output", "recursive", "logo",    "text",
                                   "scale",  "preset",    "dry-run", "quality"};

std::string_view note_on(OptionGroup group) {
  if (group == OptionGroup::mark) return ": --logo or --text opens a mark, the options after it belong to it";
  return group == OptionGroup::debug ? ": see docs/debugging.md" : "";
}

/// Breaks the text at spaces; lines after the first begin with `indent` spaces.
void append_wrapped(std::string& out, std::string_view text, std::size_t columns, std::size_t indent = 0) {
  const std::size_t width = columns - indent;
  while (text.size() > width) {
    const std::size_t space = std::min(text.rfind(' ', width), text.find(' ', width));
    if (space == std::string_view::npos) break;
    out.append(text.substr(0, space)).append("\n").append(indent, ' ');
    text.remove_prefix(space + 1);
  }
  out.append(text) += '\n';
}

/// Wraps each line by itself; lines that begin with a space are commands and stay as they are.
void append_lines(std::string& out, std::string_view text, std::size_t columns) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    append_wrapped(out, line, line.starts_with(' ') ? line.size() : columns);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string option_synopsis(const Option& option) {
  std::string text = option.letter != 0 ? fmt::format("  -{}, --{}", option.letter, option.name)
                                        : fmt::format("      --{}", option.name);
  if (option.value.kind == ValueKind::optional_word) return text + fmt::format("[={}]", option.placeholder);
  return option.placeholder.empty() ? text : text + fmt::format(" {}", option.placeholder);
}

void append_option(std::string& out, const Option& option, std::string_view help, std::size_t columns) {
  const std::size_t help_column = columns < 80 ? 10 : 28;
  const std::string synopsis = option_synopsis(option);
  // A name that is too long stands on its own line.
  out += synopsis.size() + 2 <= help_column ? fmt::format("{:<{}}", synopsis, help_column)
                                            : synopsis + '\n' + std::string(help_column, ' ');
  append_wrapped(out, help, columns, help_column);
}

std::string usage() {
  std::string names;
  for (const Subcommand& subcommand : subcommands()) {
    if (subcommand.name.find(' ') == std::string_view::npos)
      names += fmt::format("{}{}", names.empty() ? "" : " | ", subcommand.name);
  }
  return fmt::format(
      "Usage: wm-supervisor [OPTIONS] [INPUT...]\n       wm-supervisor {}\n           (each with "
      "--help)\n\n",
      names);
}

}  // namespace

std::size_t help_columns() {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return 100;
  return std::clamp<std::size_t>(window.ws_col, 60, 100);
}

std::string help_text(std::size_t columns) {
  std::string out = usage();
  append_wrapped(out, purpose, columns);
  out += examples;
  for (std::size_t group = 0; group < option_group_titles.size(); ++group) {
    const auto is_here = [&](const Option& option) {
      return option.group == static_cast<OptionGroup>(group);
    };
    out += '\n';
    append_wrapped(out,
                   fmt::format("{}{}:", option_group_titles[group], note_on(static_cast<OptionGroup>(group))),
                   columns);
    for (const Option& option : option_table()) {
      if (is_here(option) && option.place != OptionPlace::operand)
        append_option(out, option, option.help, columns);
    }
  }
  append_lines(out, ending, columns);
  return out;
}

std::string brief_help() {
  std::string out =
      usage() + "Puts visible marks (logos, text) on pictures; INPUT is a file or a directory.\n\n";
  for (const std::string_view name : brief_options) {
    const Option& option = *find_option(option_table(), name);
    append_option(out, option, first_clause(option.help), 80);
  }
  return out.append(examples).append("\nAll options: wm-supervisor --help\n");
}

std::string subcommand_help(const Subcommand& subcommand, std::size_t columns) {
  std::string out = "Usage: ";
  append_wrapped(out, fmt::format("wm-supervisor {}", synopsis(subcommand)), columns, 7);
  out += '\n';
  append_wrapped(out, subcommand.summary, columns);
  out += '\n';
  for (const Option& option : subcommand.options) append_option(out, option, option.help, columns);
  append_lines(out, subcommand.epilogue, columns);
  return out;
}

std::string_view first_clause(std::string_view help) {
  if (help.ends_with('.')) help.remove_suffix(1);
  return help.substr(0, std::min({help.find("; "), help.find(". "), help.find(" (")}));
}

}  // namespace wm
