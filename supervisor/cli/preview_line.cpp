#include "supervisor/cli/preview_line.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/default_job_file.h"
#include "supervisor/cli/help_text.h"
#include "supervisor/cli/job_configuration.h"
#include "supervisor/cli/subcommand.h"
#include "supervisor/cli/tokenizer.h"
#include "supervisor/cli/value_parsers.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

bool is(const OptionUse& use, std::string_view name) {
  return use.option->name == name;
}

/// Whether the use is for a job and has no meaning for one picture.
bool is_of_the_job(const OptionUse& use) {
  return gives_input(use) || is(use, "output") || is(use, "preview") || is(use, "preview-file");
}

/// Takes INPUT and -o out of the command line.
void extract(std::vector<OptionUse>& uses, PreviewLine& line) {
  std::vector<std::string> inputs;
  for (const OptionUse& use : uses) {
    if (is(use, "output")) {
      if (use.value.empty()) throw UsageError(said(use) + ": must not be empty");
      line.file = parsed(use, parse_preview_path);
    } else if (use.option->place == OptionPlace::operand) {
      inputs.push_back(use.value);
    } else if (is_of_the_job(use)) {
      throw UsageError(fmt::format("{}: is for a job; the command preview takes one INPUT", said(use)));
    }
  }
  if (inputs.empty()) throw UsageError("missing: an INPUT; see wm-supervisor preview --help");
  if (inputs.size() > 1) {
    throw UsageError("the command preview takes one INPUT; wm-supervisor --preview N shows several pictures");
  }
  if (inputs.front().empty()) throw UsageError("INPUT must not be empty");
  line.input = inputs.front();
  std::erase_if(uses, is_of_the_job);
}

}  // namespace

std::string default_comparison_file(const std::string& input) {
  const std::string name(last_component(input));
  const std::size_t dot = name.rfind('.');
  return name.substr(0, dot == 0 ? std::string::npos : dot) + "-preview.png";
}

std::variant<PreviewLine, PrintedText> parse_preview_line(std::span<const char* const> arguments) {
  std::vector<OptionUse> command_line = tokens(option_table(), arguments, "wm-supervisor preview");
  if (is_asked_for(command_line, "help"))
    return PrintedText{subcommand_help(*find_subcommand("preview"), help_columns())};
  PreviewLine line;
  extract(command_line, line);
  Configuration all = configuration(command_line, ReadDefaultFile::without_marks);
  std::erase_if(all.uses, is_of_the_job);

  SettingsDraft draft;
  for (const OptionUse& use : all.uses) apply(draft, use);
  draft.settings.output = std::string(".");
  draft.settings.input.operands = {line.input};
  line.job = draft.finish();
  if (all.is_of_default_file) announce_default_job_file();
  if (line.file.empty()) line.file = default_comparison_file(line.input);
  return line;
}

}  // namespace wm
