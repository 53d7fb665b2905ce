#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/preview_line.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/preview/preview_file.h"
#include "supervisor/preview/preview_job.h"
#include "supervisor/preview/preview_process.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// Checked first: a directory needs another command.
void check_input(const std::string& input) {
  struct stat status {};
  if (::stat(input.c_str(), &status) != 0) {
    throw UsageError(fmt::format("input {}: {}", shown_path(input), errno_text()));
  }
  if (S_ISDIR(status.st_mode)) {
    throw UsageError(
        fmt::format("input {}: is a directory; wm-supervisor --preview N shows several pictures of a job",
                    shown_path(input)));
  }
}

void warn_of_neighbour(std::string_view input, std::string_view preview, const std::string& shown) {
  if (input.substr(0, input.rfind('/')) != preview.substr(0, preview.rfind('/'))) return;
  complain(fmt::format("{} lies beside the picture, and a run over that directory would mark it, too",
                       shown_path(shown)));
}

}  // namespace

int preview_picture(std::span<const char* const> arguments) {
  const auto parsed = parse_preview_line(arguments);
  if (const auto* const text = std::get_if<PrintedText>(&parsed)) {
    return print_out(text->text) ? exit_all_done : exit_some_failed;
  }
  const auto& line = std::get<PreviewLine>(parsed);
  check_input(line.input);
  PreviewFile file(line.file, "--output", line.job.run.overwrite);
  const PreviewProcess process = preview_process(line.job);
  const std::string here = std::filesystem::current_path().native();
  const PreviewAnswer answer = process.ask(
      {.kind = PreviewKind::comparison, .input = absolute_path(here, line.input).path, .cells = {}});
  switch (answer.kind) {
    case PreviewAnswer::Kind::recipe:
      complain(one_line(answer.text));
      return exit_halted;
    case PreviewAnswer::Kind::failed:
      complain(fmt::format("{} cannot be shown: {}", shown_path(line.input), one_line(answer.text)));
      return exit_some_failed;
    case PreviewAnswer::Kind::picture:
      break;
  }
  file.write(answer.bytes, std::span(&line.input, 1));
  if (!line.job.quiet) {
    print_out(fmt::format("{} is made\n", shown_path(line.file)));
    warn_of_neighbour(absolute_path(here, line.input).path, absolute_path(here, line.file).path, line.file);
  }
  return exit_all_done;
}

}  // namespace wm
