#include "common/preview/preview_request.h"
#include "supervisor/cli/option_value.h"

namespace wm {
namespace {

/// The shard's own directory is no setting: the option names that of the whole job.
OptionValue job_directory() {
  OptionValue value = option_value::path(&JobSettings::job_directory);
  value.values = [](const JobSettings& job, const Mark*) {
    return option_value::Texts{job.shared_job_directory()};
  };
  return value;
}

}  // namespace

std::vector<Option> job_options() {
  using namespace option_value;
  return {
      {"output", 'o', "DIR", "put the marked pictures here; created if need be", path(&JobSettings::output)},
      {"workers", 'j', "N", "worker processes, 1 to 1024, or auto: one for each usable CPU",
       whole_or("auto", &RunSettings::workers, 1, most_workers)},
      {"job-dir", 0, "DIR", "journal, report and log; default OUTPUT/.wm-supervisor", job_directory()},
      {"scratch", 0, "DIR",
       "keep journal and log on this disk during the run, and copy them to JOB_DIR every 2 minutes and at "
       "the end: for a JOB_DIR on a slow file server",
       path(&JobSettings::scratch)},
      {"shard", 0, "I/N",
       "run only shard I of N, 1 to N: the N shards of a job, each run on its own, on any machine, together "
       "do the whole job once. Journal, report and log are in JOB_DIR/shard-I-of-N",
       value(ValueKind::string, &InputSettings::shard,
             [](std::string_view text) { return std::optional(parse_shard(text)); }),
       OptionPlace::command_line},
      {"wait-lock", 0, "TIME",
       "wait so long for another wm-supervisor that runs the same job; default 0: exit with 75 at once",
       value(ValueKind::number, &RunSettings::wait_lock, parse_duration)},
      {"config",
       0,
       "FILE",
       "read settings from FILE; the command line wins. Without it, and without an INPUT or a list, "
       "./wm-supervisor.toml is read, if nobody else can have written it",
       {.kind = ValueKind::path}},
      {"print-config", 0, "", "print a configuration file that reproduces this run, and exit", {}},
      {"dry-run", 'n', "", "say what would be done with each file, and do nothing",
       flag(&JobSettings::dry_run)},
      {"preview", 0, "N",
       "put N pictures of the job, 1 to 100, with their marks on one sheet, and run nothing",
       whole(&PreviewSettings::pictures, 0, most_previewed)},
      {"preview-file", 0, "FILE",
       "the sheet of --preview, a PNG file; default wm-supervisor-preview.png in the current directory. "
       "Only an earlier preview is replaced",
       value(ValueKind::path, &PreviewSettings::file, parse_preview_path)},
      {"list-presets", 0, "", "say what the presets of marks are, and exit", {}},
  };
}

}  // namespace wm
