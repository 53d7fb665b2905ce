#include "supervisor/cli/job_location.h"

#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "supervisor/cli/default_job_file.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

bool is_job(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / "job.db", ignored) || fs::exists(directory / "crashes", ignored);
}

std::optional<JobDirectory> job_in(const std::string& directory) {
  for (const std::string& candidate : {directory, directory + "/.wm-supervisor"}) {
    if (is_job(candidate)) return JobDirectory::find(candidate);
  }
  return std::nullopt;
}

/// The last value of an option in the configuration file; "" when it is not there.
std::string configured(const std::vector<OptionUse>& uses, std::string_view option) {
  std::string value;
  for (const OptionUse& use : uses) {
    if (use.option->name == option) value = use.value;
  }
  return value;
}

}  // namespace

JobDirectory find_job_directory(const std::optional<std::string>& given) {
  if (given) {
    if (auto job = job_in(*given)) return *std::move(job);
    throw UsageError(
        fmt::format("there is no job in {}: it has neither job.db nor crashes, and no .wm-supervisor "
                    "in it has",
                    shown_path(*given)));
  }
  if (const auto uses = read_default_job_file()) {
    for (const std::string& directory : {configured(*uses, "job-dir"), configured(*uses, "output")}) {
      if (directory.empty()) continue;
      if (auto job = job_in(directory)) {
        announce_default_job_file();
        return *std::move(job);
      }
    }
  }
  if (auto job = job_in(".")) return *std::move(job);
  throw UsageError("there is no job here; name the job's directory (OUTPUT/.wm-supervisor, or OUTPUT)");
}

}  // namespace wm
