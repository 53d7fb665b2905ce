#include "supervisor/report/report_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/report/ledger_json.h"
#include "supervisor/report/problem_json.h"
#include "supervisor/report/report_words.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/path_json.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

Json line_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(one_line(text));
}

void put_path_or_null(Json& json, const std::string& key, const std::string& path) {
  path.empty() ? void(json[key] = nullptr) : put_path(json, key, path);
}

Json times_json(const LatencyHistogram& times) {
  return {{"count", times.count()},          {"total_s", times.total_s()},
          {"mean_s", times.mean_s()},        {"p50_s", times.quantile_s(0.5)},
          {"p95_s", times.quantile_s(0.95)}, {"p99_s", times.quantile_s(0.99)}};
}

Json sizes_json(const LatencyHistogram& sizes) {
  return {{"count", sizes.count()},
          {"total", sizes.total()},
          {"p50", sizes.quantile(0.5)},
          {"p95", sizes.quantile(0.95)},
          {"p99", sizes.quantile(0.99)}};
}

Json stages_json(const StageHistograms& stages) {
  Json json = Json::object();
  for (std::size_t i = 0; i < stage_count; ++i) json[stage_names[i]] = times_json(stages[i]);
  return json;
}

void put_counts(Json& json, const RunCounts& counts) {
  json["elapsed_s"] = counts.elapsed_s;
  put_ledger(json, counts.ledger);
  json["workers"] = counts.workers;
  json["restarts"] = counts.restarts;
  json["retries"] = counts.retries;
  json["crashes"] = counts.crashes;
  json["input_bytes"] = counts.input_bytes;
  json["output_bytes"] = counts.output_bytes;
}

Json run_json(const RunFigures& run) {
  Json json;
  json["id"] = run.id;
  json["started"] = run.started;
  json["ended"] = run.ended ? Json(*run.ended) : Json(nullptr);
  json["exit_code"] = run.ended ? Json(run.exit_code) : Json(nullptr);
  json["reason"] = line_or_null(run.reason);
  json["command"] = run.command;
  put_path_or_null(json, "output_directory", run.output_directory);
  put_counts(json, run);
  json["unreadable_directories"] = run.unreadable_directories;
  json["damaged"] = run.damaged;
  json["links_not_followed"] = run.links_not_followed;
  json["shard"] = shard_json(run.shard);
  json["stages"] = stages_json(run.stages);
  json["samples"] = Json::array();
  for (const RunSample& sample : run.samples) {
    Json& element = json["samples"].emplace_back();
    put_counts(element, sample);
    element["resident_bytes"] = sample.resident_bytes;
  }
  return json;
}

Json pictures_json(const std::vector<ReportPicture>& pictures) {
  Json json = Json::array();
  for (const ReportPicture& picture : pictures) {
    Json& element = json.emplace_back();
    put_path(element, "input", picture.input);
    put_path(element, "output", picture.output);
    element["input_bytes"] = picture.input_size;
    element["output_bytes"] = picture.output_size;
    element["elapsed_s"] = static_cast<double>(picture.elapsed_ns) / 1e9;
  }
  return json;
}

Json jpeg_paths_json(const JobReport& report) {
  Json json;
  for (std::size_t i = 1; i < jpeg_route_count; ++i) json[jpeg_route_names[i]] = report.jpeg_routes[i];
  json["reasons"] = report.jpeg_reasons;
  return json;
}

void put_problems(Json& json, const JobReport& report) {
  json["kinds"] = Json::object();
  for (std::size_t i = 0; i < failure_kind_count; ++i) {
    if (report.kinds[i] > 0) json["kinds"][failure_kind_names[i]] = report.kinds[i];
  }
  json["problem_groups"] = Json::array();
  for (const ProblemGroup& group : report.problem_groups) {
    json["problem_groups"].push_back(
        {{"kind", name(group.kind)}, {"message", one_line(group.message)}, {"count", group.count}});
  }
  json["ungrouped_problems"] = report.ungrouped_problems;
  json["problems"] = Json::array();
  for (const Problem& problem : report.problems) json["problems"].push_back(problem_json(problem));
  json["problems_left_out"] = report.problems_left_out;
}

}  // namespace

void put_input_figures(Json& json, const JobReport& report) {
  json["input_bytes"] = report.input_bytes;
  json["output_bytes"] = report.output_bytes;
  json["picture_times"] = times_json(report.picture_times);
  json["input_sizes"] = sizes_json(report.input_sizes);
  json["output_sizes"] = sizes_json(report.output_sizes);
  json["stages"] = stages_json(report.stages);
  json["jpeg_paths"] = jpeg_paths_json(report);
  put_problems(json, report);
}

std::string job_report_json_beginning() {
  return "{\n \"schema\": 1,\n \"made\": \"";
}

std::string job_report_json(const JobReport& report) {
  Json json;
  json["schema"] = 1;
  json["made"] = utc_time(report.made_ns);
  put_path(json, "job_directory", report.job_directory);
  put_path_or_null(json, "output_directory", report.output_directory);
  json["since"] = report.since ? Json(*report.since) : Json(nullptr);
  json["end"] = job_end_names[static_cast<std::size_t>(report.end)];
  json["outcome"] = outcome_sentence(report);
  put_ledger(json, report.ledger);
  json["unmet"] = report.unmet;
  json["damaged"] = report.damaged;
  put_input_figures(json, report);
  json["slowest"] = pictures_json(report.slowest);
  json["largest"] = pictures_json(report.largest);
  json["runs"] = Json::array();
  for (const RunFigures& run : report.runs) json["runs"].push_back(run_json(run));
  json["runs_left_out"] = report.runs_left_out;
  return to_text(json, 1) + "\n";
}

}  // namespace wm
