#include "supervisor/cli/job_configuration.h"

#include <sys/stat.h>

#include <algorithm>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/cli/job_file.h"
#include "supervisor/cli/usage_error.h"

namespace wm {
namespace {

constexpr const char* default_file = "wm-supervisor.toml";

bool gives_input(const OptionUse& use) {
  return use.option->operand || use.option->name == "files-from" || use.option->name == "files-from0";
}

}  // namespace

const OptionUse* last_use(const std::vector<OptionUse>& uses, std::string_view name) {
  const auto found = std::find_if(uses.rbegin(), uses.rend(),
                                  [&](const OptionUse& use) { return use.option->name == name; });
  return found == uses.rend() ? nullptr : &*found;
}

bool is_asked_for(const std::vector<OptionUse>& uses, std::string_view name) {
  const OptionUse* const use = last_use(uses, name);
  return use != nullptr && use->value != "false";
}

std::vector<OptionUse> configuration(const std::vector<OptionUse>& command_line) {
  if (const OptionUse* const config = last_use(command_line, "config")) {
    if (config->value.empty()) throw UsageError(said(*config) + ": must not be empty");
    return read_job_file(config->value);
  }
  struct ::stat status {};
  if (::stat(default_file, &status) != 0) {
    if (errno == ENOENT) return {};
    throw UsageError(fmt::format("configuration file {}: {}", default_file, errno_text()));
  }
  return read_job_file(default_file);
}

std::vector<OptionUse> merged(std::vector<OptionUse> file, const std::vector<OptionUse>& command_line) {
  const auto is_replaced = [&](const OptionUse& old) {
    return std::any_of(command_line.begin(), command_line.end(), [&](const OptionUse& use) {
      if (gives_input(old)) return gives_input(use);
      if (old.option->group == OptionGroup::mark) return use.option->group == OptionGroup::mark;
      return use.option == old.option;
    });
  };
  file.erase(std::remove_if(file.begin(), file.end(), is_replaced), file.end());
  file.insert(file.end(), command_line.begin(), command_line.end());
  return file;
}

}  // namespace wm
