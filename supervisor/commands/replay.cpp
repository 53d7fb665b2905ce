#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/job/job_description.h"
#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/commands/job_location.h"
#include "supervisor/commands/subcommands.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/crash_report.h"
#include "supervisor/crash/input_comparison.h"
#include "supervisor/run/batch_run.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

/// A temporary directory that is deleted with its owner.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::error_code ignored;
    std::string name = (fs::temp_directory_path(ignored) / "wm-replay-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw_errno("cannot make a temporary directory");
    path_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// A crash that can be replayed.
struct Crash {
  std::string id, directory;
  CrashReport report;  // of a worker that had a task
  struct EarlierFile {
    std::string input;
    FileStamp found;
  };
  std::vector<EarlierFile> history;  // files before the last one, oldest first
  JobDescription job;

  [[nodiscard]] const CrashedTask& task() const { return *report.task; }
  [[nodiscard]] bool symbolised() const {
    return report.raw.empty();
  }  // its signature was made from the frames
};

/// Throws UsageError.
JobDescription read_job(const CrashDirectory& crashes, const std::string& job) {
  const std::string path = crashes.path() + "/" + job;
  const auto jobs = crashes.jobs();
  const std::string name = job.starts_with("jobs/") ? job.substr(5) : "";
  if (!jobs || name.empty() || name.find('/') != std::string::npos || name.starts_with('.'))
    throw UsageError(fmt::format("cannot read {}: there is no such job description", shown_path(path)));
  const UniqueFd file = jobs->open_file(name, O_RDONLY);
  if (!file) throw UsageError(fmt::format("cannot read {}: {}", shown_path(path), errno_text(ENOENT)));
  try {
    return job_description_from(file.get());
  } catch (const std::exception& error) {
    throw UsageError(fmt::format("{} cannot be used: {}", shown_path(path), one_line(error.what())));
  }
}

/// Throws UsageError when the report lacks what a replay needs.
Crash read_crash(const FoundCrash& found) {
  Crash crash{.id = found.id, .directory = found.directory(), .report = read_report(found)};
  const auto refuse = [&](std::string_view why) {
    throw UsageError(fmt::format("{} cannot be run again: {}", found.id, why));
  };
  if (crash.report.redacted) refuse("its names are hidden (--redact-paths)");
  if (!crash.report.task) refuse("the worker had no file in progress");
  if (crash.report.job_description.empty()) refuse("its job description was not kept");
  for (const RecentFile& file : crash.report.files) crash.history.push_back({file.input, file.found});
  if (!crash.history.empty()) crash.history.pop_back();  // the file itself
  crash.job = read_job(found.crashes, crash.report.job_description);
  return crash;
}

enum class Verdict : std::uint8_t { same, not_reproduced, different };

struct Attempt {
  Verdict verdict = Verdict::not_reproduced;
  std::string words;
};

class Replay {
 public:
  Replay(Crash crash, const SubcommandLine& line) : crash_(std::move(crash)), line_(line) {}

  int run() {
    compare_circumstances();
    const unsigned times = line_.number("repeat").value_or(1);
    Attempt last;
    for (unsigned i = 1; i <= times; ++i) {
      last = attempt();
      print_out(times == 1 ? fmt::format("{}\n", last.words)
                           : fmt::format("{} of {}: {}\n", i, times, last.words));
      if (last.verdict == Verdict::same) break;
    }
    switch (last.verdict) {
      case Verdict::same:
        return replay_same;
      case Verdict::not_reproduced:
        return replay_not_reproduced;
      case Verdict::different:
        break;
    }
    return replay_different;
  }

 private:
  /// Reports all differences from the time of the crash before the run, not after it.
  void compare_circumstances() {
    print_out(fmt::format("replaying {}: {}\n", crash_.id, shown_path(crash_.task().input)));
    const InputComparison input =
        compare_input(crash_.task().input, crash_.task().found, crash_.task().hash.xxh3);
    switch (input.state) {
      case InputState::missing:
        throw UsageError(fmt::format("the file {} is not there any more: {}", shown_path(crash_.task().input),
                                     input.problem));
      case InputState::replaced:
        throw UsageError(fmt::format(
            "{} has been replaced since the crash; put the file that crashed the worker back, or run a job "
            "over the one that is there now",
            shown_path(crash_.task().input)));
      case InputState::changed:
        print_out("note: the file has changed since the crash\n");
        break;
      case InputState::unknown:
        print_out("note: the report cannot tell whether the file is the one that crashed the worker\n");
        break;
      case InputState::same:
        break;
    }
    input_now_ = input.now;
    const auto is_unknown = [](const Crash::EarlierFile& file) { return !file.found.is_known(); };
    if (line_.has("with-history") && std::ranges::any_of(crash_.history, is_unknown)) {
      throw UsageError(
          "--with-history: only the crashed worker's own notes say which files it had before, since its "
          "supervisor had died, too; such files are not opened");
    }
    if (!crash_.symbolised()) {
      print_out(
          fmt::format("note: the report is raw, so only the kind of death can be compared; to finish it: "
                      "wm-supervisor crashes symbolise {}\n",
                      shell_word(crash_.directory)));
    }
    if (crash_.report.versions.program != WM_VERSION) {
      print_out(fmt::format("note: it crashed in version {}, this is {}\n",
                            one_line(crash_.report.versions.program), WM_VERSION));
    }
    if (crash_.report.kind == DeathKind::killed)
      print_out("note: that worker was killed from outside; the file may be innocent\n");
  }

  [[nodiscard]] JobSettings settings_in(const std::string& scratch) const {
    const JobDescription& job = crash_.job;
    JobSettings settings;
    settings.output = scratch + "/out";
    settings.job_directory = scratch + "/job";
    settings.log.file = scratch + "/log";
    settings.recipe = job.recipe;
    settings.limits = job.limits;
    settings.keep_dates = job.keep_dates;
    settings.run.workers = 1;
    settings.run.retries = 0;
    settings.run.durability = Durability::none;
    settings.run.timeout.time = crash_.report.limits.timeout.value_or(settings.run.timeout.time);
    settings.run.memory_limit = MemoryLimit::of(crash_.report.limits.memory);
    settings.progress = ProgressMode::never;
    settings.quiet = true;
    settings.worker_program = line_.value("worker-program").value_or("");
    if (line_.has("gdb") || line_.has("valgrind")) {
      settings.debug.tool_worker = 1;
      settings.debug.tool = line_.has("gdb") ? DebugSettings::Tool::gdb : DebugSettings::Tool::valgrind;
      settings.run.timeout.time = {};
      settings.log.standard_error = LogLevel::info;
    }
    std::vector<Crash::EarlierFile> inputs;
    if (line_.has("with-history")) inputs = crash_.history;
    inputs.push_back({crash_.task().input, input_now_});
    for (const auto& [input, found] : inputs) {
      // Each gets its own directory, because inputs from different directories may have the same name.
      settings.input.planned.push_back(
          {.path = input,
           .found = found,
           .output = fmt::format("{}/{}", settings.input.planned.size(),
                                 fs::path(crash_.task().output).filename().string())});
    }
    return settings;
  }

  [[nodiscard]] Attempt attempt() const {
    const ScratchDirectory scratch;
    const JobSettings settings = settings_in(scratch.path());
    static_cast<void>(BatchRun(settings, {"wm-supervisor", "replay", crash_.id}).run());
    const auto job = JobDirectory::find(settings.job_directory);
    const auto crashes = job ? CrashDirectory(*job).entries() : std::vector<CrashEntry>();
    for (const CrashEntry& found : crashes) {
      if (found.input != crash_.task().input) {
        return {Verdict::different,
                fmt::format("different: the worker crashed with {}, which it had before: {}",
                            shown_path(found.input.value_or("no file")), found.summary)};
      }
      if (found.kind == name(crash_.report.kind) &&
          (found.sig8 == crash_.report.signature.sig8 || !crash_.symbolised())) {
        return {Verdict::same, fmt::format("same crash: {}", found.summary)};
      }
      return {Verdict::different, fmt::format("different: {}", found.summary)};
    }
    return {Verdict::not_reproduced,
            line_.has("with-history") || crash_.history.empty()
                ? "not reproduced"
                : "not reproduced; it may need the files that the worker had before: try "
                  "--with-history"};
  }

  const Crash crash_;
  const SubcommandLine& line_;
  FileStamp input_now_;  // no other file may be run in its place
};

}  // namespace

int replay_crash(const SubcommandLine& line) {
  const std::string& name = line.operands().front();
  const FoundCrash found =
      find_crash(name, [&] { return find_job_directory(line.value("job-dir"), JobNamedBy::option); });
  return Replay(read_crash(found), line).run();
}

}  // namespace wm
