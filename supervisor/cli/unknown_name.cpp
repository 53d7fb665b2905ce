#include "supervisor/cli/unknown_name.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/option_table.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/nearest_word.h"

namespace wm {
namespace {

constexpr std::size_t shown = 100;  // bytes of a name that an error repeats

bool is_known(NameKind kind, const Option& option) {
  switch (kind) {
    case NameKind::option:
      return !option.operand;
    case NameKind::key:
      return option.apply != nullptr;
    case NameKind::mark_key:
      return option.group == OptionGroup::mark;
  }
  return false;
}

}  // namespace

std::string unknown_name_text(NameKind kind, std::string_view name) {
  const std::string_view dashes = kind == NameKind::option ? "--" : "";
  std::string wanted(name);
  std::replace(wanted.begin(), wanted.end(), '_', '-');
  std::vector<std::string> candidates;
  for (const Option& option : option_table()) {
    if (is_known(kind, option)) candidates.emplace_back(option.name);
  }
  if (kind == NameKind::key) candidates.emplace_back("mark");
  std::string text = fmt::format("unknown {} {}{}", kind == NameKind::option ? "option" : "key", dashes,
                                 one_line(name.substr(0, shown)));
  if (const auto nearest = nearest_word(wanted, candidates)) {
    text += fmt::format("; did you mean {}{}?", dashes, *nearest);
  } else if (kind == NameKind::option) {
    text += "; see wm-supervisor --help";
  }
  return text;
}

}  // namespace wm
