#include "supervisor/input/input_scan.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/input/file_list.h"
#include "supervisor/input/followed_link.h"
#include "supervisor/input/named_inputs.h"
#include "supervisor/input/off_limits.h"
#include "supervisor/input/scan_sink.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

std::string working_directory() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::current_path(error);
  if (error) throw UsageError(fmt::format("the current directory cannot be found: {}", error.message()));
  return path.native();
}

void check_operand(const std::string& operand, const std::string& current_directory, OffLimits& off_limits) {
  const std::string path = absolute_path(current_directory, operand).path;
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const std::string hint = operand == "-" ? "; a list on standard input is read by --files-from -" : "";
    throw UsageError(
        fmt::format("input {}: {}{}", shown_path(operand), problem_with(AT_FDCWD, path, errno), hint));
  }
  if (S_ISDIR(status.st_mode) && off_limits.is(identity(status))) {
    throw UsageError(fmt::format(
        "input {}: is the output, job or quarantine directory itself; originals would be overwritten, give "
        "another --output",
        shown_path(operand)));
  }
  const std::size_t parent_size = path.size() - last_component(path).size();
  const auto refuse = [&](std::string_view how) {
    throw UsageError(
        fmt::format("input {}: {} the output, job or quarantine directory and could be overwritten; give "
                    "another --output",
                    shown_path(operand), how));
  };
  if (off_limits.hold(S_ISDIR(status.st_mode) ? path : path.substr(0, parent_size))) refuse("lies in");
  if (!S_ISDIR(status.st_mode) && off_limits.hold_behind_link(path)) refuse("is a link to a file in");
}

std::string shown_list(const FileList& list) {
  return list.path == "-" ? "standard input" : shown_path(list.path);
}

UniqueFd open_list(const FileList& list) {
  // O_NONBLOCK: a FIFO without a writer is waited for later, where `stop_fd` can end the wait.
  UniqueFd fd(list.path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                               : ::open(list.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) throw UsageError(fmt::format("list {}: {}", shown_list(list), errno_text()));
  struct ::stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw UsageError(fmt::format("list {}: is a directory; give it as an INPUT instead", shown_list(list)));
  }
  return fd;
}

void give(const PlannedInput& planned, ScanSink& sink) {
  InputFile file{.path = planned.path, .output = planned.output};
  struct ::stat status {};
  const bool is_there = ::stat(planned.path.c_str(), &status) == 0;
  const bool is_another =
      is_there && planned.found.is_known() && !is_unchanged(planned.found, stamp_of(status));
  if (is_there && !is_another) return sink.give(std::move(file), status);
  file.problem = is_another ? "has been replaced since" : problem_with(AT_FDCWD, planned.path, errno);
  sink.give(std::move(file));
}

}  // namespace

InputScan::InputScan(Options options)
    : options_(std::move(options)), current_directory_(working_directory()) {
  options_.output_directory = absolute_path(current_directory_, options_.output_directory).path;
  options_.job_directory = absolute_path(current_directory_, options_.job_directory).path;
  std::string& quarantine = options_.quarantine_directory;
  if (!quarantine.empty()) quarantine = absolute_path(current_directory_, quarantine).path;
  std::string& base = options_.input.base;
  if (!base.empty()) base = absolute_path(current_directory_, base).path;
  OffLimits off_limits(options_.output_directory, options_.job_directory, quarantine);
  for (const std::string& operand : options_.input.operands) {
    check_operand(operand, current_directory_, off_limits);
  }
  for (const FileList& list : options_.input.lists) {
    lists_.push_back({.fd = open_list(list), .list = list});
  }
}

ScanTotals InputScan::run(const Callbacks& callbacks) {
  ScanSink sink(callbacks, options_.input.shard, options_.stop_fd);
  for (const PlannedInput& planned : options_.input.planned) {
    if (!sink.stopped()) give(planned, sink);
  }
  NamedInputs inputs(options_, current_directory_, sink);
  for (const std::string& operand : options_.input.operands) {
    if (sink.stopped()) break;
    inputs.scan_operand(operand);
  }
  for (OpenList& open : lists_) {
    FileListReader reader(open.fd.get(), open.list.separator, options_.stop_fd);
    inputs.scan_list(reader, shown_list(open.list));
    open.fd.reset();
  }
  if (!sink.stopped()) inputs.finish();
  return sink.totals();
}

}  // namespace wm
