#pragma once

// Makes a path absolute by its text only: symbolic links and ".." stay, because without them the path might
// lead to another file. May be called from any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace wm {

struct AbsolutePath {
  std::string path;
  std::uint32_t shown_from = 0;  // start of the user's own text: the length of the prefix that was added
};

/// Prepends `directory` (absolute) to `given` (not empty) unless that is absolute itself. Removes "."
/// components, doubled and trailing slashes.
[[nodiscard]] AbsolutePath absolute_path(std::string_view directory, std::string_view given);

/// The same for the current directory; `given` as it is when that is gone.
[[nodiscard]] std::string absolute_from_here(const std::string& given);

/// The last component; empty when there is none ("/").
[[nodiscard]] std::string_view last_component(std::string_view path);

}  // namespace wm
