#include "supervisor/cli/print_config.h"

#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/option_table.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// A TOML basic string.
std::string toml_string(std::string_view text) {
  if (!is_utf8(text)) {
    throw UsageError(
        fmt::format("{} is not UTF-8 and cannot be written into a configuration file", shown_path(text)));
  }
  std::string result = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      result += '\\';
      result += letter;
    } else if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\u{:04X}", byte);
    } else {
      result += letter;
    }
  }
  return result + '"';
}

std::string toml_value(ValueKind kind, std::string_view text) {
  const bool is_number =
      kind == ValueKind::number && text.find_first_not_of("-.0123456789") == std::string_view::npos;
  return is_number || kind == ValueKind::flag ? std::string(text) : toml_string(text);
}

/// "key = value" and a newline; empty for an option that has no value to print.
std::string key_line(const Option& option, const JobSettings& settings, const Mark* mark,
                     std::string_view current_directory) {
  if (!option.value.values) return {};
  std::vector<std::string> values = option.value.values(settings, mark);
  for (std::string& value : values) {
    if (!value.empty() && is_path(option, value)) value = absolute_path(current_directory, value).path;
    value = value.empty() ? "" : toml_value(option.value.kind, value);
  }
  if (repeatable(option)) return fmt::format("{} = [{}]\n", option.name, fmt::join(values, ", "));
  if (values.empty() || values.front().empty()) return {};
  return fmt::format("{} = {}\n", option.name, values.front());
}

/// Debugging options apply only to the run that is being debugged.
bool is_for_a_file(const Option& option) {
  return option.group != OptionGroup::debug && option.place != OptionPlace::command_line;
}

}  // namespace

std::string config_text(const JobSettings& settings, std::string_view current_directory) {
  std::string text = "# wm-supervisor --config THIS_FILE runs this job again.\n";
  OptionGroup group = OptionGroup::job;
  for (const Option& option : option_table()) {
    if (option.group == OptionGroup::mark || !is_for_a_file(option)) continue;
    const std::string line = key_line(option, settings, nullptr, current_directory);
    // Development options are printed only when they differ from their defaults.
    if (option.group == OptionGroup::other && line == key_line(option, {}, nullptr, current_directory))
      continue;
    if (!line.empty() && option.group != group) {
      group = option.group;
      text += fmt::format("\n# {}\n", option_group_titles[static_cast<std::size_t>(group)]);
    }
    text += line;
  }
  for (const Mark& mark : settings.recipe.marks) {
    text += "\n[[mark]]\n";
    for (const Option& option : option_table()) {
      if (option.group == OptionGroup::mark) text += key_line(option, settings, &mark, current_directory);
    }
  }
  return text;
}

}  // namespace wm
