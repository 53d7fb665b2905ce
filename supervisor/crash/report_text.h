#pragma once

// The report on a death for a person who may never have seen this program: made from the JSON. Pure.

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace wm {

[[nodiscard]] std::string report_text(const nlohmann::ordered_json& report);

/// The threads of an analysis, each with at most `frames` frames.
[[nodiscard]] std::string threads_text(const nlohmann::ordered_json& analysis, std::size_t frames);

}  // namespace wm
