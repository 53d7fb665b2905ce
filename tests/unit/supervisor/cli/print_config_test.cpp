#include "supervisor/cli/print_config.h"

#include "supervisor/cli/option_table.h"
#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

/// Everything different from its default, all paths absolute.
JobSettings unusual_settings(const std::string& logo) {
  JobSettings job;
  job.output = "/out \"quoted\" \\ \n\t\x01\x7F é";
  job.job_directory = "/jobs";
  job.quarantine_directory = "/quarantine";
  job.input = {.operands = {"/in/a[1].jpg", "/in/#x"},
               .lists = {{"/l1", FileList::Separator::newline},
                         {"/l2", FileList::Separator::newline},
                         {"-", FileList::Separator::nul}},
               .include = {"*.jpg", "a,b"},
               .exclude = {"'tmp'"},
               .extensions = {"jpg"},
               .recursive = true,
               .links = LinkPolicy::never};
  job.recipe.marks = {
      Mark{.source = Logo{.path = logo, .bytes = {}},
           .gravity = Gravity::west,
           .offset_x = {-1.5, Length::Unit::percent},
           .offset_y = {0.1, Length::Unit::pixels},
           .scale = 1.0 / 3,
           .scale_of = ScaleOf::longer,
           .opacity = 1e-7},
      Mark{.source = Text{.text = "\"© 'A'\"\n#\\u0041",
                          .font = "DejaVu Sans Bold",
                          .size = {48.5, Length::Unit::pixels},
                          .fill = {1, 2, 3, 4}}},
  };
  job.recipe.encoding = {.format = OutputFormat::tiff, .quality = 42, .metadata = MetadataPolicy::none};
  job.limits = {
      .file_bytes = (3ULL << 30U) + 1, .pixels = 123'456'789, .pages = 7, .parts = 8, .metadata_bytes = 99};
  job.keep_dates = true;
  job.run = {.workers = 7,
             .retries = 3,
             .timeout = {.time = 1500ms},
             .memory_limit = MemoryLimit::of((512ULL << 20U) + 1),
             .max_output = 123'456'789,
             .recycle = 99,
             .halt = {Halt::When::soon, 2.5, true},
             .durability = Durability::full,
             .overwrite = Overwrite::all,
             .backup_suffix = ".old",
             .if_unmarked = IfUnmarked::copy,
             .retry_quarantined = true,
             .rebuild_journal = true,
             .grace = 2min};
  job.log = {.file = "/log",
             .level = LogLevel::debug,
             .standard_error = LogLevel::critical,
             .format = LogFormat::json,
             .rotation = LogRotation{.bytes = 12345, .files = 3}};
  job.progress = ProgressMode::never;
  job.quiet = true;
  job.metrics_file = "/metrics/job.prom";
  job.stats = true;
  job.preview = {.pictures = 9, .file = "/sheet.png"};
  job.verify = true;
  job.damaged = DamagedPictures::mark;
  job.restart_pause = 7ms;
  return job;
}

JobSettings read_back(const Shell& shell, const std::string& text) {
  return settings({"--config", shell.tree.file("elsewhere/printed.toml", text)});
}

TEST_CASE("a printed configuration means the same settings again") {
  const Shell shell;
  JobSettings job = unusual_settings(shell.tree / "logo.png");
  job.dry_run = GENERATE(false, true);
  if (job.dry_run) job.preview.pictures = 0;  // the two exclude each other
  const std::string text = config_text(job, "/nowhere");
  const auto as_bytes = std::as_bytes(std::span(tiny_png));
  std::get<Logo>(job.recipe.marks[0].source).bytes.assign(as_bytes.begin(), as_bytes.end());
  CHECK(read_back(shell, text) == job);
}

TEST_CASE("defaults are printed too, and mean the same again") {
  const Shell shell;
  const JobSettings job = settings({"-o", "/out", "--text", "x", "/in"});
  const std::string text = config_text(job, "/nowhere");
  CHECK(read_back(shell, text) == job);
  for (const Option& option : option_table()) {
    if (option.group == OptionGroup::debug) continue;  // for the one run that somebody looks at
    constexpr std::array<std::string_view, 15> without_default{
        "base",      "scratch",  "shard",          "backup",        "logo",
        "key",       "fontfile", "preset",         "quarantine",    "preview-file",
        "copyright", "artist",   "worker-program", "restart-pause", "metrics-file"};
    const bool has_default = std::ranges::find(without_default, option.name) == without_default.end();
    if (!option.value.apply || !has_default) continue;
    CAPTURE(option.name);
    CHECK(text.find("\n" + std::string(option.name) + " = ") != std::string::npos);
  }
}

TEST_CASE("--print-config makes every path absolute") {
  const Shell shell;
  const std::string text = printed({"--print-config", "-o", "out", "--logo", "./logo.png", "a//b/../c",
                                    "--files-from", "list", "--files-from0=-"});
  const std::string here = shell.tree.path();
  CHECK(text.find("output = \"" + here + "/out\"\n") != std::string::npos);
  CHECK(text.find("job-dir = \"" + here + "/out/.wm-supervisor\"\n") != std::string::npos);
  CHECK(text.find("logo = \"" + here + "/logo.png\"\n") != std::string::npos);
  CHECK(text.find("input = [\"" + here + "/a/b/../c\"]\n") != std::string::npos);
  CHECK(text.find("files-from = [\"" + here + "/list\"]\n") != std::string::npos);
  CHECK(text.find("files-from0 = [\"-\"]\n") != std::string::npos);
  CHECK(config_text(read_back(shell, text), "/nowhere") == text);
}

TEST_CASE("--print-config checks the settings that it prints") {
  const Shell shell;
  CHECK(refusal({"--print-config"}).starts_with("missing: "));
}

TEST_CASE("a path that is not UTF-8 cannot be printed") {
  const Shell shell;
  CHECK(refusal({"--print-config", "-o", "out", "--text", "x", "/in\xFF"}) ==
        "/in\\xff is not UTF-8 and cannot be written into a configuration file");
}

}  // namespace
}  // namespace wm
