#include "supervisor/cli/arguments.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "supervisor/cli/unknown_name.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::array<std::string_view, 2> later_commands{"report", "status"};

[[noreturn]] void refuse_unknown(std::string_view argument) {
  if (argument.starts_with("--")) {
    throw UsageError(unknown_name_text(NameKind::option, argument.substr(2, argument.find('=') - 2)));
  }
  const std::string shown = one_line(argument.substr(0, 100));
  throw UsageError(fmt::format("unknown option {0}; a file of such a name is written ./{0}", shown));
}

/// Goes over the arguments as CLI11 will, to catch what it reads otherwise than the user means: "--name="
/// (an empty value, not the next argument), "-name" (not "-n ame"), an option at the end without its value.
class ArgumentReader {
 public:
  explicit ArgumentReader(std::span<const char* const> arguments) : arguments_(arguments) {}

  /// The arguments, spelt so that CLI11 cannot misread them.
  std::vector<std::string> respelt() {
    while (next_ < arguments_.size()) {
      const std::string_view argument = arguments_[next_++];
      if (argument == "--") {
        result_.insert(result_.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(next_ - 1),
                       arguments_.end());
        break;
      }
      if (argument.starts_with("--")) {
        take_long(argument);
      } else if (argument.starts_with('-') && argument.size() > 1) {
        take_short(argument);
      } else {
        result_.emplace_back(argument);
      }
    }
    return std::move(result_);
  }

 private:
  void take_long(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    const Option* const option = find_option(argument.substr(2, equals - 2));
    if (option == nullptr || option->operand) refuse_unknown(argument);
    if (!takes_value(*option)) {
      result_.emplace_back(argument);
    } else if (equals == std::string_view::npos) {
      result_.emplace_back(argument);
      take_value(argument);
    } else {
      result_.emplace_back(argument.substr(0, equals));
      result_.emplace_back(argument.substr(equals + 1));
    }
  }

  void take_short(std::string_view argument) {
    const std::string_view word = argument.substr(1, argument.find('=') - 1);
    if (word.size() > 1 && find_option(word) != nullptr) {
      throw UsageError(fmt::format("unknown option -{0}; did you mean --{0}?", word));
    }
    for (std::size_t index = 1; index < argument.size(); ++index) {
      const Option* const option = find_option(argument[index]);
      if (option == nullptr) refuse_unknown(argument);
      if (!takes_value(*option)) continue;
      result_.emplace_back(argument);
      if (index + 1 == argument.size()) take_value(argument);
      return;
    }
    result_.emplace_back(argument);
  }

  void take_value(std::string_view option) {
    if (next_ == arguments_.size()) throw UsageError(fmt::format("{} needs a value", option));
    result_.emplace_back(arguments_[next_++]);
  }

  std::span<const char* const> arguments_;
  std::size_t next_ = 0;
  std::vector<std::string> result_;
};

/// Declares the option to CLI11; each of its occurrences is appended to `uses`.
void declare(CLI::App& app, const Option& option, std::vector<OptionUse>& uses) {
  std::string names = fmt::format("--{}", option.name);
  if (option.letter != 0) names = fmt::format("-{},{}", option.letter, names);
  const auto append = [&uses, &option](const CLI::results_t& results) {
    for (const std::string& value : results) uses.push_back({.option = &option, .value = value, .place = {}});
    return true;
  };
  CLI::Option* const declared = app.add_option(names, append);
  declared->expected(takes_value(option) ? 1 : 0);
  // Without it the callbacks would run in the order of declaration, and marks could not be told apart.
  declared->trigger_on_parse();
}

void refuse_later_command(std::span<const char* const> arguments) {
  if (arguments.empty()) return;
  const std::string_view first = arguments.front();
  if (std::find(later_commands.begin(), later_commands.end(), first) != later_commands.end()) {
    throw UsageError(fmt::format(
        "the command {0} is not available in this version (an input of that name is written ./{0})", first));
  }
}

}  // namespace

std::vector<OptionUse> split_arguments(std::span<const char* const> arguments) {
  refuse_later_command(arguments);
  std::vector<std::string> words = ArgumentReader(arguments).respelt();
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back

  std::vector<OptionUse> uses;
  CLI::App app;
  app.set_help_flag();  // help is an option of the table
  app.allow_extras();   // not a positional option: CLI11 would split an operand "[1,2]" into two
  for (const Option& option : option_table()) {
    if (!option.operand) declare(app, option, uses);
  }
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    throw UsageError(one_line(error.what()));
  }
  bool options_ended = false;
  for (std::string& operand : app.remaining()) {
    if (operand == "--" && !options_ended) {
      options_ended = true;
      continue;
    }
    if (!options_ended && operand.size() > 1 && operand.starts_with('-')) refuse_unknown(operand);
    uses.push_back({.option = &input_option(), .value = std::move(operand), .place = {}});
  }
  return uses;
}

}  // namespace wm
