#include "supervisor/input/named_inputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/input/output_path.h"
#include "supervisor/text/escape.h"

namespace wm {

NamedInputs::NamedInputs(const InputScan::Options& options, std::string current_directory, ScanSink& sink)
    : options_(options),
      current_directory_(std::move(current_directory)),
      filter_(options.input),
      off_limits_(options.output_directory, options.job_directory, options.quarantine_directory),
      sink_(sink) {}

InputFile NamedInputs::input_file(const AbsolutePath& path) const {
  InputFile file;
  file.path = path.path;
  file.shown_from = std::min(path.shown_from, static_cast<std::uint32_t>(path.path.size()));
  file.output = output_path(last_component(path.path), options_.format);
  return file;
}

void NamedInputs::give_problem(InputFile file, const std::string& problem) {
  file.problem = problem;
  // A name like "gone/.." must not become an output's.
  if (!is_safe_output(file.output)) file.output.clear();
  sink_.give(std::move(file));
}

void NamedInputs::scan(const std::string& name, NameFilter::Extension extension) {
  const AbsolutePath path = absolute_path(current_directory_, name);
  struct ::stat status {};
  if (options_.input.links == LinkPolicy::never && ::lstat(path.path.c_str(), &status) == 0 &&
      S_ISLNK(status.st_mode)) {
    return sink_.link_not_followed(
        fmt::format("{}: this link is not followed, because of --links never", shown_path(name)));
  }
  if (::stat(path.path.c_str(), &status) != 0) {
    // Whatever its extension: a vanished directory must not pass for a file of an unwanted kind.
    give_problem(input_file(path), errno_text());
    return;
  }
  const bool is_directory = S_ISDIR(status.st_mode);
  const std::size_t parent_size = path.path.size() - last_component(path.path).size();
  const bool off_limits = off_limits_.hold(is_directory ? path.path : path.path.substr(0, parent_size)) ||
                          (!is_directory && off_limits_.hold_behind_link(path.path));
  if (off_limits) {
    sink_.ignore_off_limits(shown_path(name));
  } else if (is_directory) {
    DirectoryWalk({.filter = filter_,
                   .off_limits = off_limits_,
                   .format = options_.format,
                   .recursive = options_.input.recursive,
                   .links = options_.input.links},
                  sink_)
        .run(path);
  } else {
    scan_file(path, status, extension);
  }
}

void NamedInputs::scan_file(const AbsolutePath& path, const struct ::stat& status,
                            NameFilter::Extension extension) {
  std::string given = path.path.substr(std::min<std::size_t>(path.shown_from, path.path.size()));
  // Globs lose their leading slash, too.
  if (given.starts_with('/')) given.erase(0, 1);
  switch (filter_.judge_file(given, extension)) {
    case NameFilter::Verdict::accepted:
      return sink_.give(input_file(path), status);
    case NameFilter::Verdict::other_extension:
      return sink_.ignore_extension(file_extension(given));
    case NameFilter::Verdict::excluded:
      return sink_.ignore_excluded();
  }
}

void NamedInputs::finish() {
  for (const std::string& pattern : filter_.unmatched()) {
    sink_.remark(fmt::format("{} matched nothing", pattern));
  }
  sink_.finish();
}

void NamedInputs::scan_entry(const FileListReader::Entry& entry, const std::string& shown_list) {
  const bool has_nul = entry.name.find('\0') != std::string::npos;
  if (!entry.too_long && !has_nul) {
    scan(entry.name, NameFilter::Extension::must_be_wanted);
    return;
  }
  // No file can have such a name, but the job counts the entry. Its number distinguishes it from others.
  const std::string beginning = entry.name.substr(0, std::min<std::size_t>(entry.name.find('\0'), 100));
  const AbsolutePath path =
      absolute_path(current_directory_, fmt::format("{}... (entry {})", beginning, entry.number));
  const std::string reason = has_nul ? "contains a NUL; is the list one for --files-from0, or in UTF-16?"
                                     : fmt::format("is longer than {} bytes", FileListReader::longest_name);
  InputFile file = input_file(path);
  file.output.clear();
  give_problem(std::move(file), fmt::format("entry {} of {} {}", entry.number, shown_list, reason));
}

void NamedInputs::scan_list(FileListReader& reader, const std::string& shown_list) {
  try {
    bool empty = true;
    while (!sink_.stopped()) {
      const auto entry = reader.next();
      if (!entry) break;
      empty = false;
      scan_entry(*entry, shown_list);
    }
    if (empty) sink_.empty_list(shown_list);
  } catch (const std::system_error& error) {
    sink_.unreadable(fmt::format("{}: broke off: {}", shown_list, error.code().message()));
  }
}

}  // namespace wm
