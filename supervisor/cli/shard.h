#pragma once

// One of the N parts into which a job is divided for N supervisors, each of which runs on its own. Values
// only; input/output_shard.h determines which shard a file belongs to. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wm {

inline constexpr std::uint32_t most_shards = 1'000'000;

struct Shard {
  std::uint32_t index = 1;  // 1 to count
  std::uint32_t count = 1;  // 1 to most_shards
  bool operator==(const Shard&) const = default;
};

/// "3/64". Throws BadValue.
[[nodiscard]] Shard parse_shard(std::string_view text);
[[nodiscard]] std::string text_of(const Shard& shard);

/// The shard's own directory below the job directory: "shard-0003-of-0064". At least four digits.
[[nodiscard]] std::string directory_name(const Shard& shard);
/// None when it is no such name.
[[nodiscard]] std::optional<Shard> shard_of_directory(std::string_view name);

}  // namespace wm
