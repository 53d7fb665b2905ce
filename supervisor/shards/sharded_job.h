#pragma once

// What all shards of a job must agree on, so that together they do the whole job once: job.json in the job's
// directory (docs/clusters.md). The first shard writes it, and no shard changes it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

inline constexpr const char* sharded_job_file = "job.json";

/// Texts in UTF-8; paths and globs as the user gave them, since each machine may have mounted them elsewhere.
struct ShardedJob {
  std::string id;  // hash of all else, 32 hexadecimal digits: the shards' journals name the job by it; ""
                   // before it begins
  std::uint32_t shards = 1;
  std::string version;              // of the program
  std::string recipe;               // its hash, hexadecimal
  std::string output;               // "" if the job directory's place determines it: OUTPUT/.wm-supervisor
  std::vector<std::string> inputs;  // files and directories
  std::uint64_t lists = 0;          // how many there are; their contents decide
  std::string base;
  bool recursive = false;
  std::vector<std::string> include, exclude, extensions;
  std::string links;
  bool operator==(const ShardedJob&) const = default;
};

/// `settings` must have a shard.
[[nodiscard]] ShardedJob sharded_job(const JobSettings& settings);

[[nodiscard]] std::string to_text(const ShardedJob& job);
/// None for text that to_text() did not write.
[[nodiscard]] std::optional<ShardedJob> sharded_job_from(std::string_view text);

/// "it has 64 shards, not 8" for the first thing in which `now` differs from `then`, apart from the id; ""
/// when it is the same job.
[[nodiscard]] std::string difference(const ShardedJob& then, const ShardedJob& now);

/// None when there is no such file. Throws UsageError when it is damaged.
[[nodiscard]] std::optional<ShardedJob> read_sharded_job(const JobDirectory& directory);

/// Writes the file if there is none yet, whole and only once, even if many shards begin at the same time.
/// Returns what it says. Throws UsageError if the job that it describes is another one; std::system_error.
ShardedJob join_sharded_job(const JobDirectory& directory, const ShardedJob& job);

}  // namespace wm
