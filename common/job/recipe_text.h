#pragma once

// The recipe's text form: JSON in a stable order, without the contents of logos and fonts. It is hashed,
// stored in the journal and handed to the workers.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/job/recipe.h"

namespace wm {

[[nodiscard]] nlohmann::ordered_json to_json(const Recipe& recipe);
/// The same as text, on one line. Throws nlohmann::json::type_error when a text in it is not UTF-8.
[[nodiscard]] std::string to_text(const Recipe& recipe);

/// Logos and fonts get their path but no bytes. Throws nlohmann::json::exception or std::runtime_error on
/// text that to_json() did not write.
[[nodiscard]] Recipe recipe_from_json(const nlohmann::ordered_json& json);

}  // namespace wm
