#include "supervisor/report/json_report.h"

#include <time.h>

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "common/kill_point/kill_point.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/report/ledger_json.h"
#include "supervisor/report/problem_json.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::string iso8601(std::chrono::system_clock::time_point when) {
  const time_t seconds = std::chrono::system_clock::to_time_t(when);
  tm local{};
  ::localtime_r(&seconds, &local);
  char text[40];
  std::string result(text, std::strftime(text, sizeof text, "%FT%T%z", &local));
  result.insert(result.size() - 2, ":");  // ISO 8601 wants +01:00
  return result;
}

Json stage_json(const LatencyHistogram& stage) {
  return {{"count", stage.count()},          {"total_s", stage.total_s()},
          {"mean_s", stage.mean_s()},        {"p50_s", stage.quantile_s(0.5)},
          {"p95_s", stage.quantile_s(0.95)}, {"p99_s", stage.quantile_s(0.99)}};
}

Json head_json(const RunReport& report) {
  Json json;
  json["schema"] = 1;
  json["command"] = Json::array();
  for (const std::string& word : report.command) {
    json["command"].push_back(is_utf8(word) ? word : percent_encoded(word));
  }
  json["started"] = iso8601(report.started);
  json["elapsed_s"] = report.phases.total;
  json["workers"] = report.workers;
  put_ledger(json, report.ledger);
  json["shard"] = shard_json(report.shard);
  json["unreadable_directories"] = report.unreadable_directories;
  json["damaged"] = report.damaged;
  json["links_not_followed"] = report.links_not_followed;
  json["restarts"] = report.restarts;
  json["retries"] = report.retries;
  json["crashes"] = report.crashes;
  json["input_bytes"] = report.input_bytes;
  json["output_bytes"] = report.output_bytes;
  json["texts_rendered"] = report.texts_rendered;
  for (std::size_t i = 1; i < jpeg_route_count; ++i) {
    json["jpeg_paths"][jpeg_route_names[i]] = report.jpeg_routes[i];
  }
  json["jpeg_paths"]["reasons"] = report.jpeg_reasons;
  json["log_records"] = {{"written", report.log_written}, {"dropped", report.log_dropped}};
  json["phases_s"] = {{"startup", report.phases.startup},
                      {"dispatch", report.phases.dispatch},
                      {"collect", report.phases.collect},
                      {"shutdown", report.phases.shutdown},
                      {"total", report.phases.total}};
  for (std::size_t i = 0; i < stage_count; ++i) json["stages"][stage_names[i]] = stage_json(report.stages[i]);
  json["throughput_files_per_s"] = report.files_per_second();
  return json;
}

}  // namespace

void write_json_report(const JobDirectory& directory, const RunReport& report,
                       const ProblemSource& problems) {
  AtomicFile file(directory, report_file, 0644);
  std::string head = to_text(head_json(report), 2);
  head.erase(head.rfind('\n'));  // the closing brace comes after the problems
  file.write(fmt::format("{},\n  \"problems\": [", head));
  bool first = true;
  problems([&](const Problem& problem) {
    file.write(fmt::format("{}\n    {}", first ? "" : ",", to_text(problem_json(problem))));
    first = false;
  });
  file.write(fmt::format("{}]\n}}\n", first ? "" : "\n  "));
  file.close();
  kill_point(KillPoint::report_written);
  file.commit();
  kill_point(KillPoint::report_renamed);
}

}  // namespace wm
