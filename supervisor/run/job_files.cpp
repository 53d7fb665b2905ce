#include "supervisor/run/job_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "common/os/errno_error.h"
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

}  // namespace

std::string absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

void check_job_directories(const JobSettings& settings) {
  check_can_write_into(settings.output, "--output");
  check_can_write_into(settings.job_directory, "--job-dir");
  if (!settings.quarantine_directory.empty()) {
    check_can_write_into(settings.quarantine_directory, "--quarantine");
  }
  std::error_code error;
  if (!fs::exists(settings.log.file, error)) check_can_write_into(parent_of(settings.log.file), "--log-file");
  if (fs::is_directory(settings.log.file, error)) {
    throw UsageError(fmt::format("--log-file {} is a directory; name a file", shown_path(settings.log.file)));
  }
  if (fs::exists(settings.log.file, error) && ::access(settings.log.file.c_str(), W_OK) != 0) {
    throw UsageError(fmt::format("--log-file {} is not writable ({}); name another file",
                                 shown_path(settings.log.file), errno_text()));
  }
}

JobDirectory create_job_directories(const JobSettings& settings) {
  try {
    static_cast<void>(open_directory(settings.output, {.missing = DirectoryRules::Missing::create}));
    JobDirectory directory = JobDirectory::create(settings.job_directory);
    static_cast<void>(
        open_directory(parent_of(settings.log.file), {.missing = DirectoryRules::Missing::create}));
    return directory;
  } catch (const std::system_error& error) {
    throw UsageError(
        fmt::format("the job's directories cannot be made: {}; choose another --output or --job-dir",
                    one_line(error.what())));
  }
}

}  // namespace wm
