#pragma once

// What a picture was like when it crashed a worker, so that a later run of the same crash knows whether it is
// the same picture. May be called from any thread.

#include <cstdint>
#include <stop_token>
#include <string>

#include "common/os/file_stamp.h"

namespace wm {

/// More of a file is not read for its hash: no picture that a worker accepts by default is larger.
inline constexpr std::int64_t most_hashed_bytes = std::int64_t{1} << 30;

struct InputHash {
  std::string xxh3;     // XXH3-128 of the content, hexadecimal; "" when there is none
  std::string problem;  // then, why: "has been replaced since"
};

/// Of the file that was `found` at the path, and of no other. Reads no more than it had then; a request to
/// stop ends it after at most a block.
[[nodiscard]] InputHash hash_of(const std::string& path, const FileStamp& found,
                                const std::stop_token& stop = {});

}  // namespace wm
