#pragma once

// Everything a worker must know about the job, passed to it in a sealed memory file. Format: the length of
// the CBOR text as 8 bytes little-endian, the CBOR text, then the bytes of logos and font files one after
// another.

#include <cstdint>
#include <string>

#include "common/job/damaged_pictures.h"
#include "common/job/input_limits.h"
#include "common/job/log_level.h"
#include "common/job/memory_shares.h"
#include "common/job/output_policy.h"
#include "common/job/recipe.h"
#include "common/job/temporary_name.h"
#include "common/os/unique_fd.h"

namespace wm {

struct JobDescription {
  Recipe recipe;
  std::string output_directory;  // absolute; it exists before the first task is handed out
  InputLimits limits;
  MemoryShares memory;
  DamagedPictures damaged = DamagedPictures::fail;
  bool keep_dates = false;  // outputs take the input's modification time
  RunToken run{};
  std::int64_t started = 0;  // of the run, seconds since the epoch: {date} in texts
  bool verify = false;       // outputs are read again and compared before they are published
  OutputPolicy policy;
  LogLevel log_level = LogLevel::info;  // lower records are not even written to the ring
  bool operator==(const JobDescription&) const = default;
};

/// Throws std::system_error.
[[nodiscard]] UniqueFd to_sealed_file(const JobDescription& job);

/// Throws std::system_error, or std::runtime_error when the file is not one of ours.
[[nodiscard]] JobDescription job_description_from(int fd);

}  // namespace wm
