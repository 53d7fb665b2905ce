#pragma once

// The journals of a job with shards as their runs would leave them, without any pictures: for what reads many
// of them.

#include <cstdint>
#include <string>

namespace wm::test {

struct ShardJournals {
  std::uint32_t shards = 1;
  std::uint32_t inputs = 0;            // of all of them together
  std::uint32_t failing_each = 100;    // every so-manieth input fails; 0: none
  std::uint32_t quarantined_each = 0;  // likewise
};

/// Makes job.json and the shards' directories in `job_directory`, which may not exist yet, with the program's
/// own journal. Each input is in the shard that its path below the output directory belongs to.
void make_shard_journals(const std::string& job_directory, const ShardJournals& wanted);

}  // namespace wm::test
