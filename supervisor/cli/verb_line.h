#pragma once

// The command line of a verb (`crashes show ID`): a few options of its own and operands.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wm {

struct VerbOption {
  std::string_view name;         // without the dashes
  std::string_view placeholder;  // of its value; empty: a flag
  std::string_view help;
};

/// What a verb is called, takes and does; `synopsis` is all that comes behind "wm-supervisor ".
struct Verb {
  std::string_view synopsis;
  std::string_view summary;
  std::vector<VerbOption> options;
  std::size_t least_operands = 0;
  std::size_t most_operands = 0;
};

class VerbLine {
 public:
  /// `arguments` without the words of the verb itself. Throws UsageError on an unknown option, one without
  /// its value, or a wrong number of operands.
  VerbLine(const Verb& verb, std::span<const char* const> arguments);

  /// --help was given: print verb_help() and do nothing else.
  [[nodiscard]] bool wants_help() const noexcept { return wants_help_; }
  [[nodiscard]] bool has(std::string_view option) const;
  /// The last value given.
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  /// ... as a number of at least `least`. Throws UsageError.
  [[nodiscard]] std::optional<unsigned> number(std::string_view option, unsigned least) const;
  [[nodiscard]] const std::vector<std::string>& operands() const noexcept { return operands_; }

 private:
  std::vector<std::pair<std::string, std::string>> options_;
  std::vector<std::string> operands_;
  bool wants_help_ = false;
};

[[nodiscard]] std::string verb_help(const Verb& verb);

}  // namespace wm
