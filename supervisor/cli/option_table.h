#pragma once

// Every option of a run: its names, what it takes, its help and the setting behind it. The command line, the
// keys of the configuration file, --print-config, --help, the tables of the manual page and the completions
// of shells are all made from this table. A new option is one entry in the file of its group (job_options.cpp
// ...).

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

/// Where the help shows an option; marks are also treated as one when file and command line are merged.
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

inline constexpr std::size_t shown_bytes = 100;  // of a name or a value that an error repeats

/// One occurrence of an option.
struct OptionUse {
  const Option* option = nullptr;
  std::string value;
  std::string place;       // "FILE:LINE", empty on the command line
  bool by_letter = false;  // -h, not --help
};

/// What an option takes and the setting behind it: option_value.h makes them.
struct OptionValue {
  ValueKind kind = ValueKind::flag;
  std::vector<std::string_view> words;                          // values that shells offer
  std::function<void(SettingsDraft&, const OptionUse&)> apply;  // throws BadValue or UsageError
  /// The values that make this setting again, of a mark if the option is of one; none: nothing to say.
  std::function<std::vector<std::string>(const JobSettings&, const Mark*)> values;
};

enum class OptionPlace : std::uint8_t {
  anywhere,
  operand,       // a key of the file, but no option of the command line
  command_line,  // a setting that no file may make
};

struct Option {
  std::string_view name;         // without the dashes
  char letter;                   // its short name, or 0
  std::string_view placeholder;  // of the value, for the help; DIR and FILE also say what shells offer
  std::string_view help;
  OptionValue value;  // without `apply`: not a setting
  OptionPlace place = OptionPlace::anywhere;
  OptionGroup group = OptionGroup::other;  // put in by the table
};

using Options = std::span<const Option>;

[[nodiscard]] Options option_table();

// The groups of the table, each in a file of its name.
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
/// What an operand on the command line and the key "input" mean.
[[nodiscard]] const Option& input_option();

[[nodiscard]] bool takes_value(const Option& option);
[[nodiscard]] bool repeatable(const Option& option);
/// Does `text` name a file, and not standard input?
[[nodiscard]] bool is_path(const Option& option, std::string_view text);

/// "--workers 0", or "FILE:3: workers = 0".
[[nodiscard]] std::string said(const OptionUse& use);

/// What `parse` makes of the value. Throws UsageError, which names the option, when that throws BadValue.
auto parsed(const OptionUse& use, const auto& parse) {
  try {
    return parse(use.value);
  } catch (const BadValue& error) {
    throw UsageError(said(use) + ": " + error.what());
  }
}

/// The last use of the option; null when there is none.
[[nodiscard]] const OptionUse* last_use(const std::vector<OptionUse>& uses, std::string_view name);

/// Is the flag given, and not taken back?
[[nodiscard]] bool is_asked_for(const std::vector<OptionUse>& uses, std::string_view name);

/// Checks the value and puts it into the draft. Throws UsageError.
void apply(SettingsDraft& draft, const OptionUse& use);

}  // namespace wm
