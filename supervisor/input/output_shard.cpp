#include "supervisor/input/output_shard.h"

#include <xxhash.h>

#include "supervisor/input/name_filter.h"

namespace wm {

std::uint32_t shard_of(std::string_view output, std::uint32_t count) {
  const std::string_view extension = file_extension(output);
  if (!extension.empty()) output.remove_suffix(extension.size() + 1);
  return static_cast<std::uint32_t>(XXH3_64bits(output.data(), output.size()) % count) + 1;
}

std::uint64_t name_digest(std::string_view given) {
  return XXH3_64bits(given.data(), given.size());
}

}  // namespace wm
