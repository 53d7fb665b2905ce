#pragma once

// Every option of the program: its names, its kind of value, its help and what it does to the settings. The
// command line, the configuration file and the help text are all made from this one table.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "supervisor/cli/settings_draft.h"
#include "supervisor/text/usage_error.h"

namespace wm {

/// Where the help shows an option; marks are also treated as one when file and command line are merged.
enum class OptionGroup : std::uint8_t { job, input, mark, encode, run, log, debug, other };

enum class ValueKind : std::uint8_t {  // on the command line / in the configuration file
  flag,                                // nothing, or =true, =false / a boolean
  optional_word,                       // nothing, or =WORD / a boolean or a string
  number,                              // a value / a number or a string
  string,                              // a value / a string
  path,                                // a value / a string, relative to the file's directory
  strings,                             // repeatable / a string or an array of strings
  paths,                               // repeatable / the same, relative to the file's directory
  pair,                                // X,Y / a number, a string or an array of two
};

struct Option;

/// One occurrence of an option.
struct OptionUse {
  const Option* option = nullptr;
  std::string value;
  std::string place;  // "FILE:LINE", empty on the command line
};

struct Option {
  std::string_view name;  // without the dashes
  char letter;            // its short name, or 0
  OptionGroup group;
  ValueKind kind;
  std::string_view placeholder;  // of the value, for the help
  std::string_view help;
  void (*apply)(SettingsDraft&, const OptionUse&);  // throws BadValue or UsageError; null: not a setting
  bool operand = false;                             // INPUT: a key of the file, not an option
  bool command_line_only = false;                   // not a key of the file
};

[[nodiscard]] std::span<const Option> option_table();

/// By the long name without dashes, or null.
[[nodiscard]] const Option* find_option(std::string_view name);
/// By the letter of the short name, or null.
[[nodiscard]] const Option* find_option(char letter);
/// What an operand on the command line and the key "input" mean.
[[nodiscard]] const Option& input_option();

[[nodiscard]] bool takes_value(const Option& option);
[[nodiscard]] bool repeatable(const Option& option);

/// "--workers 0", or "FILE:3: workers = 0".
[[nodiscard]] std::string said(const OptionUse& use);

/// Checks the value and puts it into the draft. Throws UsageError.
void apply(SettingsDraft& draft, const OptionUse& use);

}  // namespace wm
