#pragma once

// The hash of a picture that crashed a worker, so that a later replay can tell whether it is the same
// picture. May be called from any thread.

#include <cstdint>
#include <stop_token>
#include <string>

#include "common/os/file_stamp.h"

namespace wm {

/// Larger files are not hashed: workers do not accept larger pictures by default.
inline constexpr std::int64_t most_hashed_bytes = std::int64_t{1} << 30;

struct InputHash {
  std::string xxh3;     // XXH3-128 of the contents, hexadecimal; "" when missing
  std::string problem;  // the reason when missing: "has been replaced since"
};

/// Hashes the file that was `found` at the path, and no other. Reads at most its size at that time; a stop
/// request ends the reading after at most one block.
[[nodiscard]] InputHash hash_of(const std::string& path, const FileStamp& found,
                                const std::stop_token& stop = {});

/// The same, but a stop request ends the waiting at once even if the file's server does not answer: the
/// thread that reads is then left behind. Throws std::system_error when none can be started.
[[nodiscard]] InputHash hash_until_stopped(const std::string& path, const FileStamp& found,
                                           const std::stop_token& stop);

}  // namespace wm
