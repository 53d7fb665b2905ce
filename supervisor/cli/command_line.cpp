#include "supervisor/cli/command_line.h"

#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/arguments.h"
#include "supervisor/cli/default_job_file.h"
#include "supervisor/cli/help_text.h"
#include "supervisor/cli/job_configuration.h"
#include "supervisor/cli/presets.h"
#include "supervisor/cli/print_config.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

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
  Configuration file = configuration(command_line, ReadDefaultFile::without_inputs);
  for (const OptionUse& use : merged(std::move(file.uses), command_line)) apply(draft, use);
  JobSettings settings = draft.finish();
  if (file.is_of_default_file) announce_default_job_file();
  if (is_asked_for(command_line, "print-config")) {
    return PrintedText{config_text(settings, current_directory())};
  }
  return settings;
}

}  // namespace wm
