#include "supervisor/commands/preview_sheet.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/exit_code.h"
#include "supervisor/input/input_scan.h"
#include "supervisor/input/nothing_found.h"
#include "supervisor/pool/cpu_budget.h"
#include "supervisor/preview/even_choice.h"
#include "supervisor/preview/preview_file.h"
#include "supervisor/preview/preview_job.h"
#include "supervisor/preview/preview_process.h"
#include "supervisor/run/job_files.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

struct Chosen {
  InputFile input;
  std::uint64_t position;  // 1-based, among the inputs of the job
};

struct Inputs {
  std::vector<Chosen> chosen;
  std::uint64_t all = 0;
  ScanTotals totals;
  bool surround_sheet = false;  // the sheet will be written into a directory of inputs
};

Inputs choose_inputs(const JobSettings& settings, const std::string& sheet) {
  InputScan scan({.input = settings.input,
                  .output_directory = settings.output,
                  .job_directory = settings.shared_job_directory(),
                  .quarantine_directory = settings.quarantine_directory,
                  .format = settings.recipe.encoding.format});
  EvenChoice<Chosen> choice(settings.preview.pictures);
  Inputs inputs;
  const std::string_view directory(sheet.data(), sheet.rfind('/'));
  const auto on_file = [&](InputFile input) {
    if (input.path == sheet) return true;  // an earlier preview
    inputs.surround_sheet |= std::string_view(input.path).substr(0, input.path.rfind('/')) == directory;
    choice.offer({.input = std::move(input), .position = choice.offered() + 1});
    return true;
  };
  inputs.totals =
      scan.run({.on_file = on_file, .on_problem = [](const std::string& line) { complain(line); }});
  inputs.all = choice.offered();
  inputs.chosen = std::move(choice).take();
  return inputs;
}

std::string shown_input(const InputFile& input) {
  return shown_path(std::string_view(input.path).substr(input.shown_from));
}

/// Requests all pictures of the sheet, several at a time.
class CellDrawing {
 public:
  CellDrawing(const PreviewProcess& process, const std::vector<Chosen>& chosen)
      : process_(process), chosen_(chosen), cells_(chosen.size()) {}

  /// Call it once. Throws std::system_error when no process can be started.
  std::vector<PreviewCell> draw(unsigned threads) {
    {
      std::vector<std::jthread> helpers;
      for (unsigned i = 0; i < threads; ++i) helpers.emplace_back([this] { draw_some(); });
    }
    if (broken_) std::rethrow_exception(broken_);
    return std::move(cells_);
  }

  /// Why the marks cannot be drawn on any picture; the results of draw() are then meaningless.
  [[nodiscard]] const std::optional<std::string>& recipe_problem() const { return recipe_problem_; }

 private:
  void draw_some() {
    for (std::size_t i = next_++; i < cells_.size() && !stopped_; i = next_++) {
      try {
        cells_[i] = cell(chosen_[i]);
      } catch (const std::exception&) {
        const std::lock_guard lock(mutex_);
        broken_ = std::current_exception();
        stopped_ = true;
      }
    }
  }

  PreviewCell cell(const Chosen& chosen) {
    PreviewCell cell{.caption = shown_path(last_component(chosen.input.path)), .problem = {}, .picture = {}};
    std::string problem = chosen.input.problem;
    if (problem.empty()) {
      PreviewAnswer answer = process_.ask({.kind = PreviewKind::cell,
                                           .input = chosen.input.path,
                                           .counter = chosen.position,
                                           .pictures = static_cast<unsigned>(chosen_.size()),
                                           .cells = {}});
      if (answer.kind == PreviewAnswer::Kind::recipe) {
        const std::lock_guard lock(mutex_);
        recipe_problem_ = one_line(answer.text);
        stopped_ = true;
      }
      cell.picture = std::move(answer.bytes);
      problem = std::move(answer.text);
    }
    if (!problem.empty()) cell.problem = "cannot be read: " + one_line(problem);
    return cell;
  }

  const PreviewProcess& process_;
  const std::vector<Chosen>& chosen_;
  std::vector<PreviewCell> cells_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::exception_ptr broken_;
  std::optional<std::string> recipe_problem_;
};

std::size_t tell_problems(const std::vector<PreviewCell>& cells, const std::vector<Chosen>& chosen) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].problem.empty()) continue;
    ++count;
    complain(fmt::format("{} {}", shown_input(chosen[i].input), cells[i].problem));
  }
  return count;
}

}  // namespace

int preview_sheet(const JobSettings& settings) {
  const std::string path = settings.preview.file.empty() ? default_preview_file : settings.preview.file;
  PreviewFile file(path, "--preview-file", settings.run.overwrite);
  const PreviewProcess process = preview_process(settings);
  const Inputs inputs = choose_inputs(settings, absolute(path));
  if (inputs.chosen.empty()) {
    // The only input may have been an earlier sheet.
    const std::string why =
        inputs.totals.found + inputs.totals.other_shards == 0 ? "; " + nothing_found_text(inputs.totals) : "";
    throw UsageError("--preview: there is no picture among the inputs" + why);
  }

  const auto count = static_cast<unsigned>(inputs.chosen.size());
  CellDrawing drawing(process, inputs.chosen);
  std::vector<PreviewCell> cells =
      drawing.draw(std::min(settings.run.workers.value_or(usable_cpus()), count));
  if (const auto& problem = drawing.recipe_problem()) {
    complain(*problem);
    return exit_halted;
  }
  const std::size_t problems = tell_problems(cells, inputs.chosen);
  const PreviewAnswer answer =
      process.ask({.kind = PreviewKind::sheet, .input = {}, .pictures = count, .cells = std::move(cells)});
  if (answer.kind != PreviewAnswer::Kind::picture) {
    complain(fmt::format("the sheet cannot be drawn: {}", one_line(answer.text)));
    return exit_halted;
  }
  std::vector<std::string> paths;
  for (const Chosen& chosen : inputs.chosen) paths.push_back(chosen.input.path);
  file.write(answer.bytes, paths);
  if (settings.quiet) return exit_all_done;
  print_out(fmt::format("{} is made: {} of {} pictures{}\n", shown_path(path), count, inputs.all,
                        problems == 0 ? "" : fmt::format(", {} of them cannot be read", problems)));
  if (inputs.surround_sheet) {
    complain(fmt::format("{} lies among the inputs, and a run would mark it, too; move it away first",
                         shown_path(path)));
  }
  return exit_all_done;
}

}  // namespace wm
