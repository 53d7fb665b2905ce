#include "supervisor/cli/option_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

/// A value as error messages show it: on one line, truncated, in quotes when it is empty or contains spaces.
std::string shown_value(std::string_view value) {
  std::string text = one_line(value.substr(0, shown_bytes));
  if (value.size() > shown_bytes) text += "...";
  const bool plain = !text.empty() && text.find(' ') == std::string::npos;
  return plain ? text : "\"" + text + "\"";
}

std::vector<Option> all_groups() {
  constexpr std::array makers{job_options, input_options, mark_options,  encoding_options,
                              run_options, log_options,   debug_options, other_options};
  std::vector<Option> table;
  for (std::size_t group = 0; group < makers.size(); ++group) {
    for (Option& option : makers[group]()) {
      option.group = static_cast<OptionGroup>(group);
      table.push_back(std::move(option));
    }
  }
  return table;
}

const Option* find_where(Options options, const auto& fits) {
  const auto found = std::find_if(options.begin(), options.end(), fits);
  return found == options.end() ? nullptr : &*found;
}

}  // namespace

Options option_table() {
  static const std::vector<Option> table = all_groups();
  return table;
}

const Option* find_option(Options options, std::string_view name) {
  return find_where(options, [&](const Option& option) { return option.name == name; });
}

const Option* find_option(Options options, char letter) {
  return find_where(options, [&](const Option& option) { return letter != 0 && option.letter == letter; });
}

const Option& input_option() {
  static const Option& input = *find_option(option_table(), "input");
  return input;
}

bool takes_value(const Option& option) {
  return option.value.kind != ValueKind::flag && option.value.kind != ValueKind::optional_word;
}

bool repeatable(const Option& option) {
  return option.value.kind == ValueKind::strings || option.value.kind == ValueKind::paths;
}

bool is_path(const Option& option, std::string_view text) {
  if (option.value.kind != ValueKind::path && option.value.kind != ValueKind::paths) return false;
  return !(text == "-" && (option.name.starts_with("files-from") || option.name == "log-file"));
}

std::string said(const OptionUse& use) {
  const Option& option = *use.option;
  if (!use.place.empty()) return fmt::format("{}: {} = {}", use.place, option.name, shown_value(use.value));
  if (option.place == OptionPlace::operand) return shown_value(use.value);
  return fmt::format("--{} {}", option.name, shown_value(use.value));
}

const OptionUse* last_use(const std::vector<OptionUse>& uses, std::string_view name) {
  const auto found = std::find_if(uses.rbegin(), uses.rend(),
                                  [&](const OptionUse& use) { return use.option->name == name; });
  return found == uses.rend() ? nullptr : &*found;
}

bool is_asked_for(const std::vector<OptionUse>& uses, std::string_view name) {
  const OptionUse* const use = last_use(uses, name);
  return use != nullptr && use->value != "false";
}

void apply(SettingsDraft& draft, const OptionUse& use) {
  parsed(use, [&](const std::string& value) {
    if (value.find('\0') != std::string::npos) throw BadValue("must not contain a NUL character");
    if (value.empty()) throw BadValue("must not be empty");
    if (use.option->value.apply) use.option->value.apply(draft, use);
  });
}

}  // namespace wm
