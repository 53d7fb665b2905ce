#pragma once

// What wm-crash-analyzer says of a snapshot.

#include <string>

#include <nlohmann/json.hpp>

namespace wm {

struct AnalyzerAnswer {
  nlohmann::ordered_json analysis;  // null when there is none
  std::string problem;              // then, why
};

}  // namespace wm
