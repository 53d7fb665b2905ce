#include "supervisor/cli/completion.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/help_text.h"
#include "supervisor/cli/option_table.h"
#include "supervisor/cli/subcommand.h"

namespace wm {
namespace {

/// What a shell offers for a value or an operand.
struct Offer {
  enum class Kind : std::uint8_t { nothing, words, files, directories };
  Kind kind = Kind::nothing;
  std::string words;
};

Offer offer_for(std::string_view placeholder) {
  const auto has = [&](std::string_view part) { return placeholder.find(part) != std::string_view::npos; };
  if (has("|")) {
    Offer offer{Offer::Kind::words, std::string(placeholder)};
    std::ranges::replace(offer.words, '|', ' ');
    return offer;
  }
  // A crash may be named by its directory.
  if (has("DIR") || has("CRASH") || placeholder.starts_with("ID") || placeholder.starts_with("[ID"))
    return {Offer::Kind::directories, {}};
  return {has("FILE") || has("INPUT") ? Offer::Kind::files : Offer::Kind::nothing, {}};
}

Offer offer_for(const Option& option) {
  if (option.value.words.empty()) return offer_for(option.placeholder);
  return {Offer::Kind::words, fmt::format("{}", fmt::join(option.value.words, " "))};
}

/// The shell's action for each Offer::Kind except `words`.
using Actions = std::array<std::string_view, 4>;

/// The text in single quotes; `quote` is how the shell writes a single quote inside them.
std::string in_quotes(std::string_view text, std::string_view quote) {
  std::string result = "'";
  for (const char letter : text) {
    letter == '\'' ? result.append(quote) : result.append(1, letter);
  }
  return result + "'";
}

std::size_t count_of_words(const Subcommand& subcommand) {
  return static_cast<std::size_t>(std::ranges::count(subcommand.name, ' ')) + 1;
}

/// The second words of the subcommands that begin with `first`; if it is empty, the one-word subcommands.
std::string next_words(std::string_view first) {
  std::string words;
  for (const Subcommand& subcommand : subcommands()) {
    const std::size_t space = subcommand.name.find(' ');
    const bool is_second = space != std::string_view::npos;
    if (first.empty() ? is_second : !is_second || subcommand.name.substr(0, space) != first) continue;
    words.append(words.empty() ? "" : " ").append(subcommand.name.substr(is_second ? space + 1 : 0));
  }
  return words;
}

std::vector<Option> given_on_command_line(Options options) {
  std::vector<Option> given(options.begin(), options.end());
  std::erase_if(given, [](const Option& option) { return option.place == OptionPlace::operand; });
  return given;
}

constexpr Actions bash_actions{":", "", "compopt -o default", "compopt -o dirnames"};

std::string bash_action(const Offer& offer) {
  if (offer.kind == Offer::Kind::words) return fmt::format("words='{}'", offer.words);
  return std::string(bash_actions[static_cast<std::size_t>(offer.kind)]);
}

std::string bash_names(Options options) {
  std::string names;
  for (const Option& option : given_on_command_line(options)) {
    names += fmt::format("{}--{}", names.empty() ? "" : " ", option.name);
    if (option.letter != 0) names += fmt::format(" -{}", option.letter);
  }
  return names;
}

/// "COMMAND:--name" is for a value in the next word, "COMMAND:--name=" for one in the same.
std::string bash_values(std::string_view command, Options options) {
  std::string cases;
  for (const Option& option : given_on_command_line(options)) {
    if (option.value.kind == ValueKind::flag) continue;
    std::string pattern = fmt::format("{}:--{}=", command, option.name);
    if (takes_value(option)) pattern += fmt::format("|{}:--{}", command, option.name);
    if (takes_value(option) && option.letter != 0) pattern += fmt::format("|{}:-{}", command, option.letter);
    cases += fmt::format("    {}) {} ;;\n", pattern, bash_action(offer_for(option)));
  }
  return cases;
}

constexpr std::string_view bash_beginning = R"(# Completes wm-supervisor in bash.
_wm_supervisor() {
  local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' option='' words=''
  COMPREPLY=()
  # Bash makes three words of --option=value.
  if [[ $cur == = ]]; then
    option=$before= cur=''
  elif [[ $before == = ]] && ((COMP_CWORD > 2)); then
    option=${COMP_WORDS[COMP_CWORD - 2]}=
  elif [[ $before == -* ]]; then
    option=$before
  fi
)";

std::string bash_script() {
  std::string found;
  std::string values;
  std::string operands;
  for (const Subcommand& subcommand : subcommands()) {
    const std::string name = in_quotes(subcommand.name, {});
    found +=
        fmt::format("  ((COMP_CWORD > {0})) && [[ \"${{COMP_WORDS[*]:1:{0}}}\" == {1} ]] && command={1}\n",
                    count_of_words(subcommand), name);
    values += bash_values(name, subcommand.options);
    operands += fmt::format("    {}:-*) words='{}{}' ;;\n", name, bash_names(subcommand.options),
                            subcommand.takes_job_options ? " " + bash_names(option_table()) : "");
    const Offer offer = offer_for(subcommand.operands);
    operands += fmt::format("    {}:*) {}", name, bash_action(offer));
    const std::string next = next_words(subcommand.name);
    if (!next.empty()) operands += fmt::format("; ((COMP_CWORD > 2)) || words='{}'", next);
    operands += " ;;\n";
  }
  return fmt::format(R"({}{}  case $command:$option in
{}{}    *) option=none ;;
  esac
  [[ $option != none ]] || case $command:$cur in
{}    *:-*) words='{}' ;;
    *) compopt -o default; ((COMP_CWORD > 1)) || words='{}' ;;
  esac
  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}}
complete -F _wm_supervisor wm-supervisor
)",
                     bash_beginning, found, values, bash_values("*", option_table()), operands,
                     bash_names(option_table()), next_words({}));
}

constexpr Actions zsh_actions{" ", "", "_files", "_files -/"};

std::string zsh_action(const Offer& offer) {
  if (offer.kind == Offer::Kind::words) return fmt::format("({})", offer.words);
  return std::string(zsh_actions[static_cast<std::size_t>(offer.kind)]);
}

/// Escapes a part of an argument of _arguments or _describe, which would end at ":" or "]".
std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (std::string_view(":[]\\").find(letter) != std::string_view::npos) result += '\\';
    result += letter;
  }
  return result;
}

std::string zsh_options(Options options) {
  std::string specs;
  for (const Option& option : given_on_command_line(options)) {
    const bool is_flag = option.value.kind == ValueKind::flag;
    const bool is_optional = option.value.kind == ValueKind::optional_word;
    std::string rest = fmt::format("[{}]", zsh_text(first_clause(option.help)));
    if (!is_flag) {
      rest += fmt::format("{}:{}:{}", is_optional ? ":" : "", zsh_text(option.placeholder),
                          zsh_action(offer_for(option)));
    }
    const auto add = [&](std::string_view name) {
      specs += fmt::format("    {}\n", in_quotes(fmt::format("*{}{}", name, rest), R"('\'')"));
    };
    add(fmt::format("--{}{}", option.name, is_flag ? "" : is_optional ? "=-" : "="));
    if (option.letter != 0) add(fmt::format("-{}{}", option.letter, is_flag ? "" : is_optional ? "-" : "+"));
  }
  return specs;
}

std::string zsh_script() {
  std::string commands;
  std::string cases;
  for (const Subcommand& subcommand : subcommands()) {
    const std::size_t words = count_of_words(subcommand);
    if (words == 1) {
      const std::string line =
          fmt::format("{}:{}", subcommand.name, zsh_text(first_clause(subcommand.summary)));
      commands += fmt::format("    {}\n", in_quotes(line, R"('\'')"));
    }
    const std::string next = next_words(subcommand.name);
    const std::string body = fmt::format(
        R"(  if (( CURRENT > {1} )) && [[ "${{(j: :)words[2,{1}]}}" == '{0}' ]]; then
    specs=(
{2}    )
    shift {3} words
    (( CURRENT -= {3} ))
{4}    _arguments -s -S {5}$specs '*:{6}:{7}'
    return
  fi
)",
        subcommand.name, words + 1, zsh_options(subcommand.options), words,
        next.empty() ? "" : fmt::format("    (( CURRENT > 2 )) || compadd {}\n", next),
        subcommand.takes_job_options ? "$job_options " : "", zsh_text(subcommand.operands),
        zsh_action(offer_for(subcommand.operands)));
    words == 1 ? cases.append(body) : cases.insert(0, body);  // "crashes show" before "crashes"
  }
  return fmt::format(R"(#compdef wm-supervisor
# Completes wm-supervisor in zsh.
_wm-supervisor() {{
  local -a specs commands job_options
  commands=(
{}  )
  job_options=(
{}  )
{}  (( CURRENT > 2 )) || _describe -t commands subcommand commands
  _arguments -s -S $job_options '*:INPUT:_files'
}}
if [[ $funcstack[1] == _wm-supervisor ]]; then
  _wm-supervisor "$@"
else
  compdef _wm-supervisor wm-supervisor
fi
)",
                     commands, zsh_options(option_table()), cases);
}

constexpr Actions fish_actions{"-x", "", "-r -F", "-x -a '(__fish_complete_directories)'"};

std::string fish_quoted(std::string_view text) {
  return in_quotes(text, R"(\')");
}

std::string fish_line(std::string_view condition, std::string_view rest) {
  return fmt::format("complete -c wm-supervisor -n {} {}\n", fish_quoted(condition), rest);
}

std::string fish_options(std::string_view condition, Options options) {
  std::string lines;
  for (const Option& option : given_on_command_line(options)) {
    std::string rest = option.letter != 0 ? fmt::format("-s {} ", option.letter) : "";
    rest += fmt::format("-l {} ", option.name);
    const Offer offer = offer_for(option);
    if (offer.kind == Offer::Kind::words) {
      rest += fmt::format("{} -a {} ", takes_value(option) ? "-x" : "-f", fish_quoted(offer.words));
    } else if (takes_value(option)) {
      rest += fmt::format("{} ", fish_actions[static_cast<std::size_t>(offer.kind)]);
    }
    lines += fish_line(condition, rest + "-d " + fish_quoted(first_clause(option.help)));
  }
  return lines;
}

std::string fish_script() {
  std::string lines = "# Completes wm-supervisor in fish.\n";
  std::string none = "not __fish_seen_subcommand_from";
  for (const Subcommand& subcommand : subcommands()) {
    std::string condition = fmt::format("__fish_seen_subcommand_from {}", subcommand.name);
    if (const std::size_t space = subcommand.name.find(' '); space != std::string_view::npos) {
      condition = fmt::format("__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {}",
                              subcommand.name.substr(0, space), subcommand.name.substr(space + 1));
    } else {
      lines += fish_line("__fish_is_first_token", fmt::format("-a {} -d {}", subcommand.name,
                                                              fish_quoted(first_clause(subcommand.summary))));
      if (!subcommand.takes_job_options) none += fmt::format(" {}", subcommand.name);
    }
    lines += fish_options(condition, subcommand.options);
    const std::string next = next_words(subcommand.name);
    if (!next.empty())
      lines += fish_line(fmt::format("{0}; and not __fish_seen_subcommand_from {1}", condition, next),
                         "-f -a " + fish_quoted(next));
    const Offer offer = offer_for(subcommand.operands);
    if (offer.kind == Offer::Kind::words) lines += fish_line(condition, "-f -a " + fish_quoted(offer.words));
    if (offer.kind == Offer::Kind::nothing) lines += fish_line(condition, "-f");
    if (offer.kind == Offer::Kind::directories)
      lines += fish_line(condition, "-f -a '(__fish_complete_directories)'");
  }
  return lines + fish_options(none, option_table());
}

}  // namespace

std::string completion_script(std::string_view shell) {
  return shell == "bash" ? bash_script() : shell == "zsh" ? zsh_script() : fish_script();
}

}  // namespace wm
