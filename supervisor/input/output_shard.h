#pragma once

// Which shard of a job an output belongs to. Part of the contract (docs/clusters.md): others compute it, too.
// Pure.

#include <cstdint>
#include <string_view>

#include "supervisor/cli/shard.h"

namespace wm {

/// 1 to `count`: XXH3-64 of the path without its extension, modulo `count`, plus 1. `output` is the path
/// below the output directory, bytes; "" is the path of an input that has no output. Inputs whose outputs
/// could have the same path are in one shard, whatever the format of the outputs.
[[nodiscard]] std::uint32_t shard_of(std::string_view output, std::uint32_t count);

/// XXH3-64 of a file's path as the user gave it. Sums of it, modulo 2^64, tell sets of files from each other
/// in whatever order they were found.
[[nodiscard]] std::uint64_t name_digest(std::string_view given);

[[nodiscard]] inline bool holds(const Shard& shard, std::string_view output) {
  return shard_of(output, shard.count) == shard.index;
}

}  // namespace wm
