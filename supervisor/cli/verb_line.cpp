#include "supervisor/cli/verb_line.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "supervisor/text/escape.h"
#include "supervisor/text/nearest_word.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

[[noreturn]] void refuse(const Verb& verb, std::string_view why) {
  throw UsageError(fmt::format("{}; usage: wm-supervisor {}", why, verb.synopsis));
}

[[noreturn]] void refuse_unknown(const Verb& verb, std::string_view name) {
  std::vector<std::string> known;
  for (const VerbOption& option : verb.options) known.emplace_back(option.name);
  const auto nearest = nearest_word(name, known);
  refuse(verb, fmt::format("unknown option --{}{}", one_line(name.substr(0, 100)),
                           nearest ? fmt::format("; did you mean --{}?", *nearest) : ""));
}

}  // namespace

VerbLine::VerbLine(const Verb& verb, std::span<const char* const> arguments) {
  bool options_ended = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (options_ended || !word.starts_with('-') || word == "-") {
      operands_.emplace_back(word);
      continue;
    }
    if (word == "--") {
      options_ended = true;
      continue;
    }
    if (word == "-h" || word == "--help") {
      wants_help_ = true;
      continue;
    }
    if (!word.starts_with("--"))
      refuse(verb, fmt::format("unknown option {}", one_line(word.substr(0, 100))));
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(2, equals == std::string_view::npos ? equals : equals - 2);
    const auto option = std::ranges::find(verb.options, name, &VerbOption::name);
    if (option == verb.options.end()) refuse_unknown(verb, name);
    const bool takes_value = !option->placeholder.empty();
    if (!takes_value && equals != std::string_view::npos)
      refuse(verb, fmt::format("--{} takes no value", name));
    std::string value;
    if (takes_value && equals != std::string_view::npos) {
      value = word.substr(equals + 1);
    } else if (takes_value) {
      if (++i == arguments.size()) refuse(verb, fmt::format("--{} needs a value", name));
      value = arguments[i];
    }
    options_.emplace_back(name, std::move(value));
  }
  if (wants_help_) return;
  if (operands_.size() < verb.least_operands) refuse(verb, "something is missing");
  if (operands_.size() > verb.most_operands) {
    refuse(verb, fmt::format("{} is one too many", shown_path(operands_[verb.most_operands])));
  }
}

bool VerbLine::has(std::string_view option) const {
  return value(option).has_value();
}

std::optional<std::string> VerbLine::value(std::string_view option) const {
  const auto found = std::find_if(options_.rbegin(), options_.rend(),
                                  [&](const auto& given) { return given.first == option; });
  if (found == options_.rend()) return std::nullopt;
  return found->second;
}

std::optional<unsigned> VerbLine::number(std::string_view option, unsigned least) const {
  const auto text = value(option);
  if (!text) return std::nullopt;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < least) {
    throw UsageError(
        fmt::format("--{} {}: must be a whole number of at least {}", option, one_line(*text), least));
  }
  return number;
}

std::string verb_help(const Verb& verb) {
  std::string text = fmt::format("Usage: wm-supervisor {}\n\n{}\n", verb.synopsis, verb.summary);
  if (!verb.options.empty()) text += '\n';
  for (const VerbOption& option : verb.options) {
    const std::string name =
        fmt::format("  --{}{}{}", option.name, option.placeholder.empty() ? "" : " ", option.placeholder);
    text += fmt::format("{:<26}{}\n", name, option.help);
  }
  return text;
}

}  // namespace wm
