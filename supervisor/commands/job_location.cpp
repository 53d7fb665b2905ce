#include "supervisor/commands/job_location.h"

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/cli/default_job_file.h"
#include "supervisor/cli/shard.h"
#include "supervisor/shards/sharded_job.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

/// In this order: what else is in an output directory may be the user's own, whatever its name is.
std::array<std::string, 2> places_in(const std::string& directory) {
  return {directory + "/.wm-supervisor", directory};
}

/// Throws Unreadable if that cannot be found out.
bool is_there(const fs::path& path) {
  std::error_code error;
  const bool found = fs::exists(path, error);
  if (!error) return found;
  throw Unreadable(fmt::format("cannot look at {}: {}", shown_path(path.string()), error.message()));
}

bool is_job(const fs::path& directory) {
  return is_there(directory / "job.db") || is_there(directory / "crashes");
}

/// Names of shards' directories.
std::vector<std::string> shards_in(const std::string& directory) {
  std::vector<std::string> shards;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (shard_of_directory(name)) shards.push_back(std::move(name));
  }
  if (error && !is_absence(error.value()))
    throw Unreadable(fmt::format("cannot read {}: {}", shown_path(directory), error.message()));
  return shards;
}

/// Whether the directory has a job.json of this program. One that it cannot read is its own only if the
/// directory is for jobs, by its name or by shards in it; elsewhere it is the user's.
bool has_sharded_job(const std::string& directory) {
  if (!is_there(fs::path(directory) / sharded_job_file)) return false;
  const bool has_usual_name = (fs::path(directory) / "").parent_path().filename() == ".wm-supervisor";
  if (has_usual_name || !shards_in(directory).empty()) return true;
  try {
    const auto job = JobDirectory::find(directory);
    return job && read_sharded_job(*job);
  } catch (const Unreadable&) {
    throw;
  } catch (const UsageError&) {
    return false;
  }
}

std::optional<JobDirectory> sharded_job_in(const std::string& directory) {
  for (const std::string& place : places_in(directory)) {
    if (has_sharded_job(place)) return JobDirectory::find(place);
  }
  return std::nullopt;
}

/// Throws UsageError if this is the directory of one shard of a job.
void refuse_one_shard(const std::string& directory) {
  std::error_code error;
  const fs::path path = fs::canonical(directory, error);
  if (error || !shard_of_directory(path.filename().string())) return;
  const std::string whole = path.parent_path().string();
  if (!has_sharded_job(whole)) return;
  throw UsageError(fmt::format("{} is one shard of the job in {}; use: wm-supervisor report merge {}",
                               shown_path(directory), shown_path(whole), shell_word(whole)));
}

/// Throws UsageError if there is a job in the directory, but one without shards.
void refuse_plain_job(const std::string& directory) {
  for (const std::string& place : places_in(directory)) {
    if (!is_job(place)) continue;
    throw UsageError(fmt::format(
        "the job in {0} has no shards (no job.json of this program); use: wm-supervisor report {1}",
        shown_path(place), shell_word(place)));
  }
}

std::optional<JobDirectory> plain_job_in(const std::string& directory) {
  for (const std::string& place : places_in(directory)) {
    if (is_job(place)) return JobDirectory::find(place);
  }
  return std::nullopt;
}

/// Throws UsageError if the job in the directory is one of several shards, which have a directory each.
void refuse_all_shards(const std::string& directory) {
  for (const std::string& place : places_in(directory)) {
    if (!has_sharded_job(place)) continue;
    const std::vector<std::string> shards = shards_in(place);
    const auto first = std::ranges::min_element(shards);
    throw UsageError(fmt::format(
        "the job in {} has shards; name one of them{}. For all of them together: wm-supervisor report merge "
        "{}",
        shown_path(place), first == shards.end() ? "" : ", such as " + shown_path(place + "/" + *first),
        shell_word(place)));
  }
}

/// The last value of an option in the configuration file; "" if it is not given.
std::string configured(const std::vector<OptionUse>& uses, std::string_view option) {
  std::string value;
  for (const OptionUse& use : uses) {
    if (use.option->name == option) value = use.value;
  }
  return value;
}

/// That of ./wm-supervisor.toml, if `find` finds one there.
template <class Find>
std::optional<JobDirectory> configured_job(const Find& find) {
  const auto uses = read_default_job_file();
  if (!uses) return std::nullopt;
  for (const std::string& directory : {configured(*uses, "job-dir"), configured(*uses, "output")}) {
    if (directory.empty()) continue;
    if (auto job = find(directory)) {
      announce_default_job_file();
      return job;
    }
  }
  return std::nullopt;
}

}  // namespace

JobDirectory find_job_directory(const std::optional<std::string>& given, JobNamedBy named_by) {
  if (given) {
    if (auto job = plain_job_in(*given)) return *std::move(job);
    refuse_all_shards(*given);
    throw UsageError(
        fmt::format("there is no job in {}: it has neither job.db nor crashes, and no .wm-supervisor "
                    "in it has",
                    shown_path(*given)));
  }
  if (auto job = configured_job(plain_job_in)) return *std::move(job);
  if (auto job = plain_job_in(".")) return *std::move(job);
  refuse_all_shards(".");
  throw UsageError(
      fmt::format("there is no job here; name the job's directory{} (OUTPUT/.wm-supervisor, or OUTPUT)",
                  named_by == JobNamedBy::option ? " with --job-dir" : ""));
}

JobDirectory find_sharded_job_directory(const std::optional<std::string>& given) {
  if (!given) {
    if (auto job = configured_job(sharded_job_in)) return *std::move(job);
  }
  const std::string directory = given.value_or(".");
  if (auto job = sharded_job_in(directory)) return *std::move(job);
  refuse_one_shard(directory);
  refuse_plain_job(directory);
  throw UsageError(
      fmt::format("there is no job with shards in {}: neither it nor a .wm-supervisor in it has a job.json "
                  "of this program",
                  shown_path(directory)));
}

}  // namespace wm
