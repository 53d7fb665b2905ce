#include "supervisor/report/problem_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/json/json_members.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/path_json.h"

namespace wm {

Json problem_json(const Problem& problem) {
  Json json;
  put_path(json, "input", problem.input);
  json["status"] = problem.state == FinalState::failed ? "failed" : "quarantined";
  json["kind"] = name(problem.failure.kind);
  json["message"] = one_line(problem.failure.message);
  json["attempts"] = problem.attempts;
  json["crash"] = problem.crash.empty() ? Json(nullptr) : Json(problem.crash);
  return json;
}

std::optional<Problem> problem_from(const Json& json) {
  Problem problem;
  std::string status;
  std::string kind;
  JsonMembers members(json);
  members.text("status", status)
      .text("kind", kind)
      .text("message", problem.failure.message)
      .integer("attempts", problem.attempts)
      .text_or_null("crash", problem.crash);
  auto input = members.good() ? path_in(json, "input") : std::nullopt;
  const auto* const known = std::ranges::find(failure_kind_names, kind);
  if (!input || known == failure_kind_names.end() || (status != "failed" && status != "quarantined"))
    return std::nullopt;
  problem.input = *std::move(input);
  problem.state = status == "failed" ? FinalState::failed : FinalState::quarantined;
  problem.failure.kind = static_cast<FailureKind>(known - failure_kind_names.begin());
  return problem;
}

}  // namespace wm
