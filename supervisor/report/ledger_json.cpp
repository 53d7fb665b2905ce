#include "supervisor/report/ledger_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace wm {

void put_ledger(Json& json, const Ledger& ledger) {
  json["inputs"] = ledger.inputs;
  json["marked"] = ledger.marked;
  json["unmarked"] = ledger.unmarked;
  json["up_to_date"] = ledger.up_to_date;
  json["failed"] = ledger.failed;
  json["quarantined"] = ledger.quarantined;
  json["pending"] = ledger.pending();
  json["ignored"] = ledger.ignored;
}

Json shard_json(const std::optional<ShardReport>& report) {
  if (!report) return nullptr;
  return {
      {"index", report->shard.index},
      {"count", report->shard.count},
      {"other_shards", report->other_shards},
      {"whole", report->whole ? Json(*report->whole) : Json(nullptr)},
      {"own_digest", fmt::format("{:016x}", report->own_digest)},
      {"whole_digest", report->whole ? Json(fmt::format("{:016x}", report->whole_digest)) : Json(nullptr)},
      {"not_inputs", report->not_inputs}};
}

}  // namespace wm
