#include "supervisor/cli/command_line.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/cli/arguments.h"
#include "supervisor/cli/help_text.h"
#include "supervisor/cli/job_file.h"
#include "supervisor/cli/presets.h"
#include "supervisor/cli/print_config.h"
#include "supervisor/cli/usage_error.h"

namespace wm {
namespace {

constexpr const char* default_file = "wm-supervisor.toml";

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

bool gives_input(const OptionUse& use) {
  return use.option->operand || use.option->name == "files-from" || use.option->name == "files-from0";
}

/// The uses of the file that the command line leaves in force, then those of the command line. Single values
/// need no care: the later one wins. Lists, the inputs and the marks are replaced as a whole.
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

std::string current_directory() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::current_path(error);
  if (error) throw UsageError(fmt::format("the current directory cannot be found: {}", error.message()));
  return path.native();
}

}  // namespace

std::variant<JobSettings, PrintedText> parse_command_line(std::span<const char* const> arguments) {
  const std::vector<OptionUse> command_line = split_arguments(arguments);
  if (is_asked_for(command_line, "help")) return PrintedText{help_text()};
  if (is_asked_for(command_line, "list-presets")) return PrintedText{preset_list()};
  if (is_asked_for(command_line, "version")) return PrintedText{"wm-supervisor " WM_VERSION "\n"};

  SettingsDraft draft;
  // Whatever is wrong with the command line itself is said before the file is looked at.
  for (const OptionUse& use : merged(configuration(command_line), command_line)) apply(draft, use);
  JobSettings settings = draft.finish();
  if (is_asked_for(command_line, "print-config")) {
    return PrintedText{config_text(settings, current_directory())};
  }
  return settings;
}

}  // namespace wm
