#pragma once

// The recipe's text form: JSON, stable in its order, without the logos' bytes. It is hashed, stored in the
// journal and handed to the workers.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/job/recipe.h"

namespace wm {

[[nodiscard]] nlohmann::ordered_json to_json(const Recipe& recipe);
/// The same as text, in one line. Throws nlohmann::json::type_error when a text in it is not UTF-8.
[[nodiscard]] std::string to_text(const Recipe& recipe);

/// Logos come back with their path and without bytes. Throws nlohmann::json::exception or
/// std::runtime_error on text that to_json() did not write.
[[nodiscard]] Recipe recipe_from_json(const nlohmann::ordered_json& json);

}  // namespace wm
