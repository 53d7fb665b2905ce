#include "supervisor/cli/help_text.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "supervisor/cli/option_table.h"

namespace wm {
namespace {

constexpr std::size_t columns = 100;
constexpr std::size_t help_column = 28;

constexpr std::string_view help_beginning = R"(Usage: wm-supervisor [OPTIONS] [INPUT...]
       wm-supervisor preview | crashes | replay | stacks | doctor ...   (each with --help)

Puts visible marks (logos, text) on pictures, with many worker processes. INPUT is a file or a
directory. The same command again goes on where it was stopped.

Examples:
  wm-supervisor -o marked --logo logo.png --gravity southeast --offset 2% --scale 15% photos
  wm-supervisor -o marked -r --text "(c) Ada" --size 4% --fill '#ffffff80' --quality 90 photos
  find . -name '*.jpg' -print0 | wm-supervisor -o /out --files-from0 - --logo logo.svg
  wm-supervisor --workers 8        the job of ./wm-supervisor.toml (--print-config writes one)
)";

constexpr std::array<std::pair<OptionGroup, std::string_view>, 8> groups{{
    {OptionGroup::job, "Job"},
    {OptionGroup::input, "Input"},
    {OptionGroup::mark, "Marks: --logo or --text opens a mark, the options after it belong to it"},
    {OptionGroup::encode, "Encoding"},
    {OptionGroup::run, "Run"},
    {OptionGroup::log, "Log"},
    {OptionGroup::debug, "Debugging: see docs/debugging.md"},
    {OptionGroup::other, "Other"},
}};

constexpr std::string_view help_end = R"(
Flags take =false as well, to undo what the configuration file says.

Exit codes: 0 every input is marked or up to date; 1 some failed; 2 wrong use, nothing was touched;
3 the job was halted; 130 and 143 stopped by Ctrl-C and SIGTERM.
)";

std::string option_synopsis(const Option& option) {
  std::string text = option.letter != 0 ? fmt::format("  -{}, --{}", option.letter, option.name)
                                        : fmt::format("      --{}", option.name);
  if (option.kind == ValueKind::optional_word) return text + fmt::format("[={}]", option.placeholder);
  return option.placeholder.empty() ? text : text + fmt::format(" {}", option.placeholder);
}

void append_wrapped(std::string& out, std::string_view text) {
  constexpr std::size_t width = columns - help_column;
  while (text.size() > width) {
    const std::size_t space = text.rfind(' ', width);
    out += text.substr(0, space);
    out += '\n' + std::string(help_column, ' ');
    text.remove_prefix(space + 1);
  }
  out += text;
  out += '\n';
}

}  // namespace

std::string help_text() {
  std::string out(help_beginning);
  for (const auto& [group, title] : groups) {
    out += fmt::format("\n{}:\n", title);
    for (const Option& option : option_table()) {
      if (option.group != group || option.operand) continue;
      const std::string synopsis = option_synopsis(option);
      // A name that is too long stands on its own line.
      out += synopsis.size() + 2 <= help_column ? fmt::format("{:<{}}", synopsis, help_column)
                                                : synopsis + '\n' + std::string(help_column, ' ');
      append_wrapped(out, option.help);
    }
  }
  out += help_end;
  return out;
}

}  // namespace wm
