#include "supervisor/run/job_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/cli/settings_draft.h"
#include "supervisor/log/log_place.h"
#include "supervisor/report/metrics_file.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/open_directory.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

/// Throws UsageError with advice when files cannot be created in `directory`, which may not exist yet.
void check_can_write_into(const std::string& directory, std::string_view option) {
  fs::path existing = absolute(directory);
  std::error_code error;
  while (!fs::exists(fs::symlink_status(existing, error)) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  const auto refuse = [&](std::string_view why) {
    throw UsageError(fmt::format("{} {}: {} {}; choose another directory", option, shown_path(directory),
                                 shown_path(existing.string()), why));
  };
  if (!fs::is_directory(existing, error)) refuse("is not a directory");
  if (::faccessat(AT_FDCWD, existing.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    refuse(fmt::format("is not writable ({})", errno_text()));
  }
}

std::string parent_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

/// Whether a path lies in a directory, also by links in either. They may not exist yet.
bool is_below(const std::string& path, const std::string& directory) {
  std::error_code error;
  const std::string inner = fs::weakly_canonical(absolute(path), error).string();
  const std::string outer = fs::weakly_canonical(absolute(directory), error).string();
  return inner.starts_with(outer.ends_with('/') ? outer : outer + "/");
}

bool is_same_file(const std::string& path, const std::string& other) {
  std::error_code error;
  return fs::weakly_canonical(absolute(path), error) == fs::weakly_canonical(absolute(other), error) ||
         fs::equivalent(path, other, error);
}

void check_metrics_file(const JobSettings& settings) {
  const std::string& path = settings.metrics_file;
  if (path.empty()) return;
  const auto refuse = [&](std::string_view why) {
    throw UsageError(fmt::format("--metrics-file {} {}; name another file", shown_path(path), why));
  };
  MetricsFile(path, measured_job(settings)).check();
  if (is_below(path, settings.shared_job_directory())) refuse("lies in the job directory");
  if (!settings.log.to_stderr() && is_same_file(path, settings.log.file)) refuse("is the log");
}

/// The file must be a log, or become one: no input, no list and nothing of the job.
void check_log_file(const JobSettings& settings) {
  const LogSettings& log = settings.log;
  if (log.to_stderr()) return;
  const auto refuse = [&](std::string_view why) {
    throw UsageError(fmt::format("--log-file {} {}; name another file", shown_path(log.file), why));
  };
  std::error_code error;
  if (!fs::exists(log.file, error)) check_can_write_into(parent_of(log.file), "--log-file");
  if (fs::is_directory(log.file, error))
    throw UsageError(fmt::format("--log-file {} is a directory; name a file", shown_path(log.file)));
  if (fs::exists(log.file, error) && ::access(log.file.c_str(), W_OK) != 0)
    refuse(fmt::format("is not writable ({})", errno_text()));
  const bool is_own = is_same_file(log.file, default_log_file(settings));
  if (!is_own && is_below(log.file, settings.shared_job_directory()))
    refuse("lies in the job directory, where the files have other purposes");
  const LogPlace place(log.file);
  if (!is_own) place.check();
  if (log.rotation) place.check_old_files(log.rotation->files);
}

}  // namespace

std::string absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

UsageError cannot_open(const std::system_error& error) {
  const int code = error.code().value();
  return UsageError(fmt::format(
      "{}; {}, or choose another --job-dir", one_line(error.what()),
      code == ENOSPC || code == EDQUOT ? "free some space" : "see to its permissions and its disk"));
}

MeasuredJob measured_job(const JobSettings& settings) {
  return {.directory = absolute(settings.shared_job_directory()), .shard = settings.input.shard};
}

void check_job_directories(const JobSettings& settings) {
  check_can_write_into(settings.output, "--output");
  check_can_write_into(settings.job_directory, "--job-dir");
  if (!settings.scratch.empty()) check_can_write_into(settings.scratch, "--scratch");
  if (!settings.quarantine_directory.empty()) {
    check_can_write_into(settings.quarantine_directory, "--quarantine");
  }
  check_metrics_file(settings);
  check_log_file(settings);
}

ShardedJob join_job(const JobSettings& settings) {
  return join_sharded_job(JobDirectory::create(settings.whole_job_directory), sharded_job(settings));
}

JobDirectory create_job_directories(const JobSettings& settings) {
  try {
    static_cast<void>(open_directory(settings.output, {.missing = DirectoryRules::Missing::create}));
    if (settings.input.shard) {
      static_cast<void>(join_job(settings));
    }
    JobDirectory directory = JobDirectory::create(settings.job_directory);
    if (!settings.log.to_stderr()) {
      static_cast<void>(
          open_directory(parent_of(settings.log.file), {.missing = DirectoryRules::Missing::create}));
    }
    return directory;
  } catch (const std::system_error& error) {
    throw UsageError(
        fmt::format("the job's directories cannot be made: {}; choose another --output or --job-dir",
                    one_line(error.what())));
  }
}

}  // namespace wm
