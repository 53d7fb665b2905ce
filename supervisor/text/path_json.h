#pragma once

// Paths, which are bytes, as members of JSON objects: as they are when they are UTF-8, else percent-encoded,
// with KEY_encoding beside them.

#include <optional>
#include <string>
#include <string_view>

#include "common/json/json_text.h"

namespace wm {

void put_path(Json& json, const std::string& key, std::string_view path);
/// None when there is no string of that key.
[[nodiscard]] std::optional<std::string> path_in(const Json& json, const std::string& key);

}  // namespace wm
