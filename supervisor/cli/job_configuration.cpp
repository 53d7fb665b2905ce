#include "supervisor/cli/job_configuration.h"

#include <algorithm>

#include "supervisor/cli/default_job_file.h"
#include "supervisor/cli/job_file.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// The uses of --config, or of the default file.
Configuration file_of(const std::vector<OptionUse>& command_line, ReadDefaultFile when) {
  if (const OptionUse* const config = last_use(command_line, "config")) {
    if (config->value.empty()) throw UsageError(said(*config) + ": must not be empty");
    return {.uses = read_job_file(config->value)};
  }
  const auto is_enough = [&](const OptionUse& use) {
    return when == ReadDefaultFile::without_inputs ? gives_input(use)
                                                   : use.option->group == OptionGroup::mark;
  };
  if (std::any_of(command_line.begin(), command_line.end(), is_enough)) return {};
  auto uses = read_default_job_file();
  if (!uses) return {};
  return {.uses = *std::move(uses), .is_of_default_file = true};
}

}  // namespace

bool gives_input(const OptionUse& use) {
  return use.option->place == OptionPlace::operand || use.option->name.starts_with("files-from");
}

Configuration configuration(const std::vector<OptionUse>& command_line, ReadDefaultFile when) {
  Configuration result = file_of(command_line, when);
  std::erase_if(result.uses, [&](const OptionUse& old) {
    return std::any_of(command_line.begin(), command_line.end(), [&](const OptionUse& use) {
      if (gives_input(old)) return gives_input(use);
      if (old.option->group == OptionGroup::mark) return use.option->group == OptionGroup::mark;
      return use.option == old.option;
    });
  });
  result.uses.insert(result.uses.end(), command_line.begin(), command_line.end());
  return result;
}

}  // namespace wm
