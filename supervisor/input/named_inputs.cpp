#include "supervisor/input/named_inputs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/input/followed_link.h"
#include "supervisor/input/output_path.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

/// With a slash at its end.
std::string parent_of(const std::string& path) {
  return path.substr(0, path.size() - last_component(path).size());
}

}  // namespace

NamedInputs::NamedInputs(const InputScan::Options& options, std::string current_directory, ScanSink& sink)
    : options_(options),
      current_directory_(std::move(current_directory)),
      filter_(options.input),
      off_limits_(options.output_directory, options.job_directory, options.quarantine_directory),
      sink_(sink) {}

/// The path below the base directory; none outside it, "" for the base itself.
std::optional<std::string> NamedInputs::below_base(const std::string& path) const {
  const std::string& base = options_.input.base;
  if (path == base) return "";
  const std::string prefix = base.ends_with('/') ? base : base + "/";
  std::string below = path.starts_with(prefix) ? path.substr(prefix.size()) : "";
  return is_safe_output(below) ? std::optional(std::move(below)) : std::nullopt;
}

NamedInputs::Named NamedInputs::resolve(const std::string& name, NameFilter::Extension extension) const {
  Named result{.path = absolute_path(current_directory_, name), .extension = extension};
  const std::string& path = result.path.path;
  result.given = path.substr(std::min<std::size_t>(result.path.shown_from, path.size()));
  if (result.given.starts_with('/')) result.given.erase(0, 1);
  result.says_directory = name.ends_with('/');
  const bool is_listed = extension == NameFilter::Extension::must_be_wanted;
  result.below_base =
      is_listed && !options_.input.base.empty() ? below_base(path) : std::string(last_component(path));
  if (result.below_base) result.output = output_path(*result.below_base, options_.format);
  return result;
}

std::string NamedInputs::shown(const Named& named) {
  const std::string& path = named.path.path;
  return shown_path(std::string_view(path).substr(std::min<std::size_t>(named.path.shown_from, path.size())));
}

InputFile NamedInputs::input_file(const Named& named) {
  InputFile file;
  file.path = named.path.path;
  file.shown_from = std::min(named.path.shown_from, static_cast<std::uint32_t>(file.path.size()));
  file.output = named.output;
  return file;
}

void NamedInputs::give_problem(const Named& named, const std::string& problem) {
  InputFile file = input_file(named);
  file.problem = problem;
  // A name like "gone/.." must not become an output's.
  if (!is_safe_output(file.output)) file.output.clear();
  sink_.give(std::move(file));
}

bool NamedInputs::is_left_to_other_shard(const Named& named) {
  const bool is_clearly_a_file = options_.input.shard && !named.says_directory &&
                                 named.extension == NameFilter::Extension::must_be_wanted &&
                                 filter_.judge_file(named.given) == NameFilter::Verdict::accepted;
  return is_clearly_a_file && !off_limits_.hold(parent_of(named.path.path)) &&
         sink_.leave_to_other_shard(named.output, input_file(named).given());
}

void NamedInputs::scan(const Named& named) {
  if (is_left_to_other_shard(named)) return;
  const std::string& path = named.path.path;
  struct ::stat status {};
  if (options_.input.links == LinkPolicy::never && ::lstat(path.c_str(), &status) == 0 &&
      S_ISLNK(status.st_mode)) {
    note_left_out(named);
    return sink_.link_not_followed(
        fmt::format("{}: this link is not followed, because of --links never", shown(named)));
  }
  if (::stat(path.c_str(), &status) != 0) {
    // Whatever its extension: a vanished directory must not pass for a file of an unwanted kind.
    return give_problem(named, problem_with(AT_FDCWD, path, errno));
  }
  const bool is_directory = S_ISDIR(status.st_mode);
  if (off_limits_.hold(is_directory ? path : parent_of(path))) return sink_.ignore_off_limits(shown(named));
  if (!is_directory && off_limits_.hold_behind_link(path)) {
    note_left_out(named);
    return sink_.ignore_off_limits(shown(named));
  }
  is_directory ? scan_directory(named) : scan_file(named, status);
}

/// The other shards count such a name as an input of this one.
void NamedInputs::note_left_out(const Named& named) {
  const bool counts = named.extension == NameFilter::Extension::must_be_wanted && !named.says_directory &&
                      filter_.judge_file(named.given) == NameFilter::Verdict::accepted;
  if (counts) sink_.note_left_out(input_file(named).given());
}

void NamedInputs::scan_directory(const Named& named) {
  const bool is_listed = named.extension == NameFilter::Extension::must_be_wanted;
  if (options_.input.shard && is_listed && !named.says_directory &&
      filter_.judge_file(named.given) == NameFilter::Verdict::accepted) {
    return give_problem(named, "is a directory; with --shard, such a name in a list needs a / at its end");
  }
  if (!named.below_base)
    return sink_.unreadable(fmt::format("{}: lies outside the directory of --base", shown(named)));
  std::string prefix;
  if (is_listed && !options_.input.base.empty() && !named.below_base->empty())
    prefix = *named.below_base + "/";
  DirectoryWalk({.filter = filter_,
                 .off_limits = off_limits_,
                 .format = options_.format,
                 .recursive = options_.input.recursive,
                 .links = options_.input.links,
                 .output_prefix = std::move(prefix)},
                sink_)
      .run(named.path);
}

void NamedInputs::scan_file(const Named& named, const struct ::stat& status) {
  switch (filter_.judge_file(named.given, named.extension)) {
    case NameFilter::Verdict::accepted:
      if (!named.below_base) return give_problem(named, "lies outside the directory of --base");
      return sink_.give(input_file(named), status);
    case NameFilter::Verdict::other_extension:
      return sink_.ignore_extension(file_extension(named.given));
    case NameFilter::Verdict::excluded:
      return sink_.ignore_excluded();
  }
}

void NamedInputs::scan_operand(const std::string& name) {
  scan(resolve(name, NameFilter::Extension::any));
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
    scan(resolve(entry.name, NameFilter::Extension::must_be_wanted));
    return;
  }
  // No file can have such a name, but the job counts the entry. Its number distinguishes it from others.
  const std::string beginning = entry.name.substr(0, std::min<std::size_t>(entry.name.find('\0'), 100));
  Named file{.path =
                 absolute_path(current_directory_, fmt::format("{}... (entry {})", beginning, entry.number))};
  const std::string reason = has_nul ? "contains a NUL; is the list one for --files-from0, or in UTF-16?"
                                     : fmt::format("is longer than {} bytes", FileListReader::longest_name);
  give_problem(file, fmt::format("entry {} of {} {}", entry.number, shown_list, reason));
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
