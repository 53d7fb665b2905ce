#pragma once

// What a picture was like when it crashed a worker, so that a later run of the same crash knows whether it is
// the same picture. May be called from any thread.

#include <cstdint>
#include <optional>
#include <string>

namespace wm {

struct InputPrint {
  std::uint64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  std::string xxh3;  // XXH3-128 of the content, hexadecimal
  bool operator==(const InputPrint&) const = default;
};

/// None when it cannot be read, or is no regular file.
[[nodiscard]] std::optional<InputPrint> print_of(const std::string& path);

}  // namespace wm
