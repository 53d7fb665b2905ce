#pragma once

// What a worker program says about itself and its libraries. One thread.

#include <string>

#include "common/json/json_text.h"

namespace wm {

/// The answer to `wm-worker --about`; null when the program does not start. Its own complaints go to stderr.
[[nodiscard]] Json about_worker(const std::string& worker);

/// A string of the answer, which may come from any program: "?" when there is none of that name.
[[nodiscard]] std::string about_text(const Json& about, const std::string& name);

}  // namespace wm
