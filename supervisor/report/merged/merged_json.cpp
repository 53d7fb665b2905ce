#include "supervisor/report/merged/merged_json.h"

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/report/ledger_json.h"
#include "supervisor/report/merged/merged_words.h"
#include "supervisor/report/report_json.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/path_json.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

constexpr std::size_t most_slowest = 20;

Json states_json(const MergedReport& report) {
  Json json = Json::object();
  const ShardStateCounts counts = state_counts(report);
  for (std::size_t i = 0; i < counts.size(); ++i) json[std::string(shard_state_names[i])] = counts[i];
  return json;
}

Json shard_json(const MergedShard& shard, std::uint32_t count) {
  Json json;
  json["index"] = shard.index;
  json["directory"] = directory_name({.index = shard.index, .count = count});
  json["state"] = name(shard.state);
  json["reason"] = shard.reason.empty() ? Json(nullptr) : Json(shard.reason);
  json["runs"] = shard.runs;
  json["elapsed_s"] = shard.elapsed_s;
  json["started"] = shard.started.empty() ? Json(nullptr) : Json(shard.started);
  put_ledger(json, shard.ledger);
  json["saw"] = wm::shard_json(shard.saw);
  json["unreadable_directories"] = shard.unreadable_directories;
  json["links_not_followed"] = shard.links_not_followed;
  return json;
}

Json head_json(const MergedReport& report) {
  const JobReport& whole = report.whole;
  Json json;
  json["schema"] = 1;
  json["made"] = utc_time(whole.made_ns);
  put_path(json, "job_directory", whole.job_directory);
  whole.output_directory.empty() ? void(json["output_directory"] = nullptr)
                                 : put_path(json, "output_directory", whole.output_directory);
  json["closing"] = closing_names[static_cast<std::size_t>(report.closing.closing)];
  json["outcome"] = outcome_sentence(report);
  json["count"] = report.job.shards;
  json["states"] = states_json(report);
  json["run_again"] = report.closing.run_again.text();
  json["rebuild"] = report.closing.rebuild.text();
  json["strays"] = Json::array();
  for (const std::string& name : report.strays) json["strays"].push_back(one_line(name));
  json["whole"] = report.closing.whole ? Json(*report.closing.whole) : Json(nullptr);
  json["held"] = report.closing.held;
  put_ledger(json, whole.ledger);
  json["unmet"] = whole.unmet;
  json["not_met_again"] = whole.not_met_again;
  json["damaged"] = whole.damaged;
  json["unreadable_directories"] = report.unreadable_directories;
  json["links_not_followed"] = report.links_not_followed;
  put_input_figures(json, whole);
  json["slowest_shards"] = Json::array();
  for (const std::size_t at : slowest_shards(report.shards, most_slowest))
    json["slowest_shards"].push_back(report.shards[at].index);
  return json;
}

}  // namespace

void write_merged_json(const MergedReport& report, const std::function<void(std::string_view)>& write) {
  std::string head = to_text(head_json(report), 1);
  head.erase(head.rfind('\n'));  // the closing brace comes after the shards
  write(head);
  write(",\n \"shards\": [");
  std::string_view separator = "\n  ";
  for_each_shard(report, [&](const MergedShard& shard) {
    write(separator);
    write(to_text(shard_json(shard, report.job.shards)));
    separator = ",\n  ";
  });
  write("\n ]\n}\n");
}

}  // namespace wm
