#include "supervisor/cli/settings_draft.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/job/text_template.h"
#include "supervisor/cli/mark_file.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {

std::string default_log_file(const JobSettings& job) {
  return job.job_directory + "/wm-supervisor.log";
}

void SettingsDraft::add_extensions(std::vector<std::string> extensions) {
  std::vector<std::string>& all = settings.input.extensions;
  if (!extensions_given_) all.clear();
  extensions_given_ = true;
  for (std::string& extension : extensions) {
    if (std::find(all.begin(), all.end(), extension) == all.end()) all.push_back(std::move(extension));
  }
}

void SettingsDraft::open_logo(const std::string& path, const std::string& said) {
  marks_.push_back({.mark = {.source = Logo{.path = path, .bytes = {}}}, .said = said});
}

void SettingsDraft::open_text(const std::string& text, const std::string& said) {
  marks_.push_back({.mark = {.source = Text{.text = text}}, .said = said});
}

Mark& SettingsDraft::mark(const std::string& said) {
  if (marks_.empty()) {
    throw UsageError(fmt::format(
        "{}: there is no mark yet that it could belong to; put it after --logo FILE or --text STRING", said));
  }
  return marks_.back().mark;
}

Text& SettingsDraft::text(const std::string& said) {
  if (Text* const text = std::get_if<Text>(&mark(said).source)) return *text;
  throw UsageError(
      fmt::format("{}: the mark that it belongs to is a logo; put it after a --text STRING", said));
}

Logo& SettingsDraft::logo(const std::string& said) {
  if (Logo* const logo = std::get_if<Logo>(&mark(said).source)) return *logo;
  throw UsageError(
      fmt::format("{}: the mark that it belongs to is a text; put it after a --logo FILE", said));
}

void SettingsDraft::check_completeness() const {
  std::vector<std::string_view> missing;
  if (settings.output.empty()) missing.emplace_back("--output DIR");
  if (marks_.empty()) missing.emplace_back("a mark (--logo FILE or --text STRING)");
  if (settings.input.operands.empty() && settings.input.lists.empty()) {
    missing.emplace_back("an INPUT (files, directories or --files-from FILE)");
  }
  if (!missing.empty()) {
    throw UsageError(fmt::format("missing: {}; see wm-supervisor --help", fmt::join(missing, ", ")));
  }
  const auto& lists = settings.input.lists;
  if (std::count_if(lists.begin(), lists.end(), [](const FileList& list) { return list.path == "-"; }) > 1) {
    throw UsageError("standard input can be read only once: give - to one of --files-from and --files-from0");
  }
  if (settings.run.overwrite == Overwrite::never && !settings.run.backup_suffix.empty()) {
    throw UsageError(
        "--overwrite never replaces no file, so --backup has nothing to keep; leave one of them out");
  }
  if (settings.log.to_stderr() && settings.log.rotation) {
    throw UsageError("--log-rotate needs a file; leave it out, or name one with --log-file");
  }
  if (!settings.input.base.empty() && lists.empty()) {
    throw UsageError("--base is for what lists name, and there is no list; give --files-from, too");
  }
  check_visibility();
  check_shard();
  if (settings.dry_run && settings.preview.pictures != 0) {
    throw UsageError(
        "give --dry-run or --preview N, not both; --preview 0 takes back that of a configuration file");
  }
}

/// Refuses marks that cannot be seen, since every picture would fail. Only a worker can tell whether a logo
/// is transparent.
void SettingsDraft::check_visibility() const {
  if (settings.run.if_unmarked != IfUnmarked::fail) return;
  const bool any_is_seen = std::any_of(
      marks_.begin(), marks_.end(), [](const MarkDraft& draft) { return is_seen(255, draft.mark.opacity); });
  if (any_is_seen) return;
  throw UsageError(
      fmt::format("{}: cannot be seen at opacity {}, so no picture would be marked; give more --opacity, or "
                  "--if-unmarked copy or skip",
                  marks_.front().said, marks_.front().mark.opacity));
}

/// A shard counts only its own inputs, so two shards would give the same numbers to different pictures.
void SettingsDraft::check_shard() const {
  if (!settings.input.shard) return;
  const auto refuse = [&](const std::string& said) {
    throw UsageError(fmt::format(
        "{}: {{counter}} cannot be used with --shard, since each shard would begin at 1; leave out "
        "one of them",
        said));
  };
  for (const MarkDraft& draft : marks_) {
    const Text* const text = std::get_if<Text>(&draft.mark.source);
    if (text != nullptr && TextTemplate(text->text).counts()) refuse(draft.said);
  }
  const Encoding& encoding = settings.recipe.encoding;
  if (TextTemplate(encoding.copyright).counts()) refuse("--copyright");
  if (TextTemplate(encoding.artist).counts()) refuse("--artist");
}

void SettingsDraft::prepare_for_debugging(JobSettings& settings) {
  DebugSettings& debug = settings.debug;
  if (debug.foreground) {
    settings.run.workers = 1;
    settings.log.level = LogLevel::debug;
    settings.log.standard_error = LogLevel::debug;
    settings.progress = ProgressMode::never;
  }
  const unsigned workers = settings.run.workers.value_or(1);
  if (debug.tool_worker && *debug.tool_worker > workers) {
    throw UsageError(fmt::format("--gdb {0}: there is no such worker; give --workers {0} or more, too",
                                 *debug.tool_worker));
  }
  // gdbserver prints its port there before the log file exists.
  if (debug.tool_worker && !settings.log.standard_error) settings.log.standard_error = LogLevel::warning;
  // A person who inspects a stopped process needs more time than any picture does.
  if (debug.foreground || debug.tool_worker || debug.wait_on_crash)
    settings.run.timeout = {.time = {}, .percent = {}};
}

JobSettings SettingsDraft::finish() {
  check_completeness();
  JobSettings result = settings;
  prepare_for_debugging(result);
  if (result.job_directory.empty()) result.job_directory = result.output + "/.wm-supervisor";
  if (result.input.shard) {
    result.whole_job_directory = result.job_directory;
    result.job_directory += "/" + directory_name(*result.input.shard);
  }
  if (result.log.file.empty()) result.log.file = default_log_file(result);
  for (const MarkDraft& draft : marks_) {
    result.recipe.marks.push_back(draft.mark);
    auto& source = result.recipe.marks.back().source;
    if (Logo* const logo = std::get_if<Logo>(&source)) {
      logo->bytes = read_logo(logo->path, draft.said);
    } else if (auto& font = std::get<Text>(source).font_file) {
      font->bytes =
          read_font_file(font->path, fmt::format("{}: its font file {}", draft.said, one_line(font->path)));
    }
  }
  return result;
}

}  // namespace wm
