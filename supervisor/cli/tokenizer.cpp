#include "supervisor/cli/tokenizer.h"

#include <fmt/format.h>

#include "supervisor/text/escape.h"
#include "supervisor/text/nearest_word.h"

namespace wm {
namespace {

std::string shown(std::string_view name) {
  return one_line(name.substr(0, shown_bytes));
}

class Tokenizer {
 public:
  Tokenizer(Options options, std::span<const char* const> arguments, std::string_view command)
      : options_(options), arguments_(arguments), command_(command) {}

  std::vector<OptionUse> run() {
    bool options_ended = false;
    while (next_ < arguments_.size()) {
      const std::string_view argument = arguments_[next_++];
      if (options_ended || !argument.starts_with('-') || argument == "-") {
        add(input_option(), argument);
      } else if (argument == "--") {
        options_ended = true;
      } else if (argument.starts_with("--")) {
        take_long(argument);
      } else {
        take_short(argument);
      }
    }
    return std::move(uses_);
  }

 private:
  void add(const Option& option, std::string_view value, bool by_letter = false) {
    uses_.push_back({.option = &option, .value = std::string(value), .place = {}, .by_letter = by_letter});
  }

  void take_long(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(2, equals - 2);
    const Option* const option = find_option(options_, name);
    if (option == nullptr || option->place == OptionPlace::operand) refuse_unknown(name);
    if (equals != std::string_view::npos) {
      add(*option, argument.substr(equals + 1));
    } else {
      add(*option, takes_value(*option) ? next_value(argument) : "true");
    }
  }

  void take_short(std::string_view argument) {
    const std::string_view word = argument.substr(1, argument.find('=') - 1);
    if (word.size() > 1 && find_option(options_, word) != nullptr) {
      throw UsageError(fmt::format("unknown option -{0}; did you mean --{0}?", word));
    }
    for (std::size_t index = 1; index < argument.size(); ++index) {
      const Option* const option = find_option(options_, argument[index]);
      if (option == nullptr) {
        throw UsageError(
            fmt::format("unknown option {0}; a file of such a name is written ./{0}", shown(argument)));
      }
      if (takes_value(*option)) {
        const std::string_view rest = argument.substr(index + 1);
        add(*option, rest.empty() ? next_value(argument) : rest, true);
        return;
      }
      add(*option, "true", true);
    }
  }

  std::string_view next_value(std::string_view option) {
    if (next_ == arguments_.size()) throw UsageError(fmt::format("{} needs a value", shown(option)));
    return arguments_[next_++];
  }

  [[noreturn]] void refuse_unknown(std::string_view name) const {
    std::vector<std::string> known;
    for (const Option& option : options_) {
      if (option.place != OptionPlace::operand) known.emplace_back(option.name);
    }
    const std::string nearest = did_you_mean("--", name, known);
    throw UsageError(fmt::format("unknown option --{}{}", shown(name),
                                 nearest.empty() ? fmt::format("; see {} --help", command_) : nearest));
  }

  Options options_;
  std::span<const char* const> arguments_;
  std::string_view command_;
  std::size_t next_ = 0;
  std::vector<OptionUse> uses_;
};

}  // namespace

std::vector<OptionUse> tokens(Options options, std::span<const char* const> arguments,
                              std::string_view command) {
  return Tokenizer(options, arguments, command).run();
}

}  // namespace wm
