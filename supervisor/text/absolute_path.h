#pragma once

// Makes a path absolute by its letters only: symbolic links and ".." stay, because a name that contains them
// means another file when they are taken away. May be called from any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace wm {

struct AbsolutePath {
  std::string path;
  std::uint32_t shown_from = 0;  // what the user wrote begins here: the length of the prefix that was added
};

/// `given` (not empty) below `directory` (absolute) unless it is absolute itself. "." components, doubled
/// and trailing slashes vanish.
[[nodiscard]] AbsolutePath absolute_path(std::string_view directory, std::string_view given);

/// The last component; empty when there is none ("/").
[[nodiscard]] std::string_view last_component(std::string_view path);

}  // namespace wm
