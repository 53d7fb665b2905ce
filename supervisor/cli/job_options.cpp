#include "common/preview/preview_request.h"
#include "supervisor/cli/option_value.h"

namespace wm {

std::vector<Option> job_options() {
  using namespace option_value;
  return {
      {"output", 'o', "DIR", "put the marked pictures here; created if need be", path(&JobSettings::output)},
      {"workers", 'j', "N", "worker processes, 1 to 1024, or auto: one for each usable CPU",
       whole_or("auto", &RunSettings::workers, 1, most_workers)},
      {"job-dir", 0, "DIR", "journal, report and log; default OUTPUT/.wm-supervisor",
       path(&JobSettings::job_directory)},
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
