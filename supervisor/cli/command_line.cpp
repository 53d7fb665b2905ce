#include "supervisor/cli/command_line.h"

#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/default_job_file.h"
#include "supervisor/cli/help_text.h"
#include "supervisor/cli/job_configuration.h"
#include "supervisor/cli/presets.h"
#include "supervisor/cli/print_config.h"
#include "supervisor/cli/tokenizer.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

std::string current_directory() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::current_path(error);
  if (error) throw UsageError(fmt::format("the current directory cannot be found: {}", error.message()));
  return path.native();
}

void refuse_later_command(std::span<const char* const> arguments) {
  const std::string_view first = arguments.empty() ? "" : arguments.front();
  if (first != "report") return;
  throw UsageError(fmt::format(
      "the command {0} is not available in this version (an input of that name is written ./{0})", first));
}

}  // namespace

std::variant<JobSettings, PrintedText, VersionQuestion> parse_command_line(
    std::span<const char* const> arguments) {
  refuse_later_command(arguments);
  const std::vector<OptionUse> command_line = tokens(option_table(), arguments, "wm-supervisor");
  if (is_asked_for(command_line, "help")) {
    const bool brief = last_use(command_line, "help")->by_letter;
    return PrintedText{brief ? brief_help() : help_text(help_columns())};
  }
  if (is_asked_for(command_line, "list-presets")) return PrintedText{preset_list()};
  if (is_asked_for(command_line, "version")) {
    const OptionUse* const worker = last_use(command_line, "worker-program");
    return VersionQuestion{worker == nullptr ? "" : worker->value};
  }

  SettingsDraft draft;
  // The syntax of the command line has been checked by now, before the file is read.
  const Configuration all = configuration(command_line, ReadDefaultFile::without_inputs);
  for (const OptionUse& use : all.uses) apply(draft, use);
  const OptionUse* const preview_file = last_use(command_line, "preview-file");
  if (preview_file != nullptr && last_use(all.uses, "preview") == nullptr) {
    throw UsageError(said(*preview_file) +
                     ": is the sheet of --preview N; give that, too, or leave this out");
  }
  JobSettings settings = draft.finish();
  if (all.is_of_default_file) announce_default_job_file();
  if (is_asked_for(command_line, "print-config")) {
    return PrintedText{config_text(settings, current_directory())};
  }
  return settings;
}

}  // namespace wm
