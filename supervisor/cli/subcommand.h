#pragma once

// The subcommands (`crashes show ID`): the options and operands of each, and its command line. The
// subcommands are implemented in supervisor/commands.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/cli/option_table.h"

namespace wm {

struct Subcommand {
  std::string_view name;  // "crashes show"
  /// "ID", "[JOB_DIR] [W]", "[ID...]", "bash|zsh|fish": defines how many there are and what shells complete.
  std::string_view operands;
  std::string_view summary;
  std::vector<Option> options = {};  // its own; the table adds --help
  bool takes_job_options = false;    // also all of option_table()
  std::string_view epilogue = {};    // end of its help
};

/// "replay CRASH [OPTIONS]"
[[nodiscard]] std::string synopsis(const Subcommand& subcommand);

[[nodiscard]] std::span<const Subcommand> subcommands();

/// Null when no subcommand has that name.
[[nodiscard]] const Subcommand* find_subcommand(std::string_view name);
/// The subcommand that the arguments begin with, or null; "crashes show" takes precedence over "crashes".
[[nodiscard]] const Subcommand* subcommand_of(std::span<const char* const> arguments);

class SubcommandLine {
 public:
  /// `arguments` begin with the words of the subcommand. Throws UsageError on an unknown option, a missing
  /// value, or wrong operands.
  SubcommandLine(const Subcommand& subcommand, std::span<const char* const> arguments);

  /// --help was given: print subcommand_help() and do nothing else.
  [[nodiscard]] bool wants_help() const { return has("help"); }
  [[nodiscard]] bool has(std::string_view option) const { return is_asked_for(uses_, option); }
  /// The last value given.
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  /// ... as a whole number, 1 or more. Throws UsageError.
  [[nodiscard]] std::optional<unsigned> number(std::string_view option) const;
  [[nodiscard]] const std::vector<std::string>& operands() const noexcept { return operands_; }
  /// The only operand, or none.
  [[nodiscard]] std::optional<std::string> operand() const;

 private:
  std::vector<OptionUse> uses_;
  std::vector<std::string> operands_;
};

}  // namespace wm
