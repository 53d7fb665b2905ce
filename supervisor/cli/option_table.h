#pragma once

// Every option of a run: its names, its value, its help and the setting that it changes. The command line,
// the keys of the configuration file, --print-config, --help, the tables of the manual page and the shell
// completions are all generated from this table. A new option is one entry in the file of its group
// (job_options.cpp ...).

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/settings_draft.h"
#include "supervisor/text/usage_error.h"

namespace wm {

/// The section of the help that lists an option. The options of the `mark` group are also replaced as a whole
/// when the file and the command line are merged.
enum class OptionGroup : std::uint8_t { job, input, mark, encode, run, log, debug, other };
inline constexpr std::array<std::string_view, 8> option_group_titles{"Job", "Input", "Marks",     "Encoding",
                                                                     "Run", "Log",   "Debugging", "Other"};

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

inline constexpr std::size_t shown_bytes = 100;  // of a name or a value that an error message quotes

/// One occurrence of an option.
struct OptionUse {
  const Option* option = nullptr;
  std::string value;
  std::string place;       // "FILE:LINE", empty on the command line
  bool by_letter = false;  // -h, not --help
};

/// The value of an option and the setting that it changes; option_value.h creates them.
struct OptionValue {
  ValueKind kind = ValueKind::flag;
  std::vector<std::string_view> words;                          // values that shell completion offers
  std::function<void(SettingsDraft&, const OptionUse&)> apply;  // throws BadValue or UsageError
  /// The values that reproduce this setting, read from the mark if the option belongs to one; none: nothing
  /// to print.
  std::function<std::vector<std::string>(const JobSettings&, const Mark*)> values;
};

enum class OptionPlace : std::uint8_t {
  anywhere,
  operand,       // a key in the file, but not an option on the command line
  command_line,  // a setting that a file must not make
};

struct Option {
  std::string_view name;         // without the dashes
  char letter;                   // its short name, or 0
  std::string_view placeholder;  // of the value, for the help; DIR and FILE also select what shells complete
  std::string_view help;
  OptionValue value;  // without `apply`: not a setting
  OptionPlace place = OptionPlace::anywhere;
  OptionGroup group = OptionGroup::other;  // filled in by the table
};

using Options = std::span<const Option>;

[[nodiscard]] Options option_table();

// The groups of the table, each in the file named after it; `debug` and `other` are in log_options.cpp.
[[nodiscard]] std::vector<Option> job_options();
[[nodiscard]] std::vector<Option> input_options();
[[nodiscard]] std::vector<Option> mark_options();
[[nodiscard]] std::vector<Option> encoding_options();
[[nodiscard]] std::vector<Option> run_options();
[[nodiscard]] std::vector<Option> log_options();
[[nodiscard]] std::vector<Option> debug_options();
[[nodiscard]] std::vector<Option> other_options();

/// By the long name without dashes, or null.
[[nodiscard]] const Option* find_option(Options options, std::string_view name);
/// By the letter of the short name, or null.
[[nodiscard]] const Option* find_option(Options options, char letter);
/// The option that operands on the command line and the key "input" stand for.
[[nodiscard]] const Option& input_option();

[[nodiscard]] bool takes_value(const Option& option);
[[nodiscard]] bool repeatable(const Option& option);
/// Whether `text` is a path to a file rather than standard input or standard error.
[[nodiscard]] bool is_path(const Option& option, std::string_view text);

/// "--workers 0", or "FILE:3: workers = 0".
[[nodiscard]] std::string said(const OptionUse& use);

/// The value as parsed by `parse`. Turns a BadValue into a UsageError that names the option.
auto parsed(const OptionUse& use, const auto& parse) {
  try {
    return parse(use.value);
  } catch (const BadValue& error) {
    throw UsageError(said(use) + ": " + error.what());
  }
}

/// The last use of the option; null when there is none.
[[nodiscard]] const OptionUse* last_use(const std::vector<OptionUse>& uses, std::string_view name);

/// Whether the flag is given and not switched off again by a later =false.
[[nodiscard]] bool is_asked_for(const std::vector<OptionUse>& uses, std::string_view name);

/// Checks the value and puts it into the draft. Throws UsageError.
void apply(SettingsDraft& draft, const OptionUse& use);

}  // namespace wm
