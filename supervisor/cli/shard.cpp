#include "supervisor/cli/shard.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/value_parsers.h"

namespace wm {

Shard parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  try {
    if (slash == std::string_view::npos) throw BadValue("");
    const auto count = static_cast<std::uint32_t>(parse_whole(text.substr(slash + 1), 1, most_shards));
    const auto index = static_cast<std::uint32_t>(parse_whole(text.substr(0, slash), 1, count));
    return {.index = index, .count = count};
  } catch (const BadValue&) {
    throw BadValue(
        fmt::format("expected I/N, such as 3/64: shard I, from 1 to N, of N, at most {}", most_shards));
  }
}

std::string text_of(const Shard& shard) {
  return fmt::format("{}/{}", shard.index, shard.count);
}

std::string directory_name(const Shard& shard) {
  const std::size_t digits = std::max<std::size_t>(4, std::to_string(shard.count).size());
  return fmt::format("shard-{:0{}}-of-{:0{}}", shard.index, digits, shard.count, digits);
}

std::optional<Shard> shard_of_directory(std::string_view name) {
  constexpr std::string_view before = "shard-";
  constexpr std::string_view between = "-of-";
  if (!name.starts_with(before)) return std::nullopt;
  const std::string_view numbers = name.substr(before.size());
  const std::size_t at = numbers.find(between);
  if (at == std::string_view::npos) return std::nullopt;
  Shard shard;
  const auto read = [](std::string_view text, std::uint32_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
  };
  const bool good = read(numbers.substr(0, at), shard.index) &&
                    read(numbers.substr(at + between.size()), shard.count) && shard.index >= 1 &&
                    shard.index <= shard.count && shard.count <= most_shards;
  return good && directory_name(shard) == name ? std::optional(shard) : std::nullopt;
}

}  // namespace wm
