#include "supervisor/report/quarantine_list.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/utc_time.h"

namespace wm {

std::string quarantine_line(const QuarantinedInput& input) {
  return fmt::format(
      "{}\t{}\t{}\t{}\t{}\n",
      shown_path(std::string_view(input.path).substr(std::min(input.path.size(), input.shown_from))),
      name(input.failure.kind), input.attempts, utc_time(input.tried_ns), one_line(input.failure.message));
}

std::optional<std::string> QuarantineList::add(const QuarantinedInput& input) {
  try {
    append(input);
    return std::nullopt;
  } catch (const std::exception& error) {
    return one_line(error.what());
  }
}

void QuarantineList::append(const QuarantinedInput& input) {
  if (!file_) file_ = job_directory_.open_or_create(quarantine_list_file, O_WRONLY | O_APPEND, 0644);
  job_directory_.require_may_change();
  write_all(file_.get(), quarantine_line(input), job_directory_.path_of(quarantine_list_file));
}

void QuarantineList::rewrite(const QuarantineSource& inputs) {
  std::optional<AtomicFile> file;
  inputs([&](const QuarantinedInput& input) {
    if (!file) file.emplace(job_directory_, quarantine_list_file, 0644);
    file->write(quarantine_line(input));
  });
  file_.reset();
  if (file) {
    file->commit();
  } else if (!job_directory_.remove(quarantine_list_file) && errno != ENOENT) {
    throw_errno("cannot remove " + shown_path(job_directory_.path_of(quarantine_list_file)));
  }
}

}  // namespace wm
