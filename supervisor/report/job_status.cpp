#include "supervisor/report/job_status.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_members.h"
#include "common/json/json_text.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/report/ledger_json.h"
#include "supervisor/report/problem_json.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/path_json.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

constexpr int schema = 1;
constexpr std::size_t longest_status = std::size_t{16} << 20;  // 1,024 workers with long paths

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json worker_json(const WorkerView& worker) {
  Json json;
  json["name"] = worker.name;
  json["pid"] = worker.pid < 0 ? Json(nullptr) : Json(worker.pid);
  json["incarnation"] = worker.incarnation;
  json["state"] = worker.state;
  json["stage"] = text_or_null(worker.stage);
  json["input"] = nullptr;
  if (!worker.input.empty()) put_path(json, "input", worker.input);
  json["stage_s"] = worker.stage_s;
  json["resident_bytes"] = worker.resident_bytes;
  return json;
}

std::optional<WorkerView> worker_from(const Json& json) {
  WorkerView worker;
  JsonMembers members(json);
  members.text("name", worker.name)
      .integer_or_null("pid", worker.pid)
      .integer("incarnation", worker.incarnation)
      .text("state", worker.state)
      .text_or_null("stage", worker.stage)
      .number_or_null("stage_s", worker.stage_s)
      .integer("resident_bytes", worker.resident_bytes);
  if (!members.good()) return std::nullopt;
  worker.input = path_in(json, "input").value_or("");
  return worker;
}

Json status_json(const JobStatus& status) {
  Json json;
  json["schema"] = schema;
  json["phase"] = job_phase_names[static_cast<std::size_t>(status.phase)];
  json["pid"] = status.pid;
  json["host"] = status.host;
  json["command"] = Json::array();
  for (const std::string& word : status.command)
    json["command"].push_back(is_utf8(word) ? word : percent_encoded(word));
  json["started"] = utc_time(status.started_ns);
  json["started_ns"] = status.started_ns;
  json["updated"] = utc_time(status.updated_ns);
  json["updated_ns"] = status.updated_ns;
  json["elapsed_s"] = status.elapsed_s;
  put_ledger(json, status.ledger);
  json["scan_complete"] = status.scan_complete;
  json["files_per_s"] = status.files_per_s;
  json["mean_files_per_s"] = status.mean_files_per_s;
  json["eta_s"] = or_null(status.eta_s);
  json["input_bytes"] = status.input_bytes;
  json["output_bytes"] = status.output_bytes;
  json["output_free_bytes"] = or_null(status.output_free_bytes);
  json["workers"] = Json::array();
  for (const WorkerView& worker : status.workers) json["workers"].push_back(worker_json(worker));
  json["restarts"] = status.restarts;
  json["retries"] = status.retries;
  json["crashes"] = status.crashes;
  json["log_records"] = {{"written", status.log_written}, {"dropped", status.log_dropped}};
  json["problems"] = Json::array();
  for (const Problem& problem : status.problems) json["problems"].push_back(problem_json(problem));
  json["exit_code"] = or_null(status.exit_code);
  json["reason"] = text_or_null(status.reason);
  return json;
}

bool read_counts(JsonMembers& members, JobStatus& status) {
  Ledger& ledger = status.ledger;
  members.integer("inputs", ledger.inputs)
      .integer("marked", ledger.marked)
      .integer("unmarked", ledger.unmarked)
      .integer("up_to_date", ledger.up_to_date)
      .integer("failed", ledger.failed)
      .integer("quarantined", ledger.quarantined)
      .integer("ignored", ledger.ignored)
      .integer("input_bytes", status.input_bytes)
      .integer("output_bytes", status.output_bytes)
      .integer_or_null("output_free_bytes", status.output_free_bytes)
      .integer("restarts", status.restarts)
      .integer("retries", status.retries)
      .integer("crashes", status.crashes);
  const Json* const log = members.find("log_records");
  return members.good() && log != nullptr &&
         JsonMembers(*log)
             .integer("written", status.log_written)
             .integer("dropped", status.log_dropped)
             .good();
}

std::optional<JobStatus> status_from(const Json& json) {
  JobStatus status;
  int version = 0;
  std::string phase;
  double eta = -1;
  JsonMembers members(json);
  members.integer("schema", version)
      .text("phase", phase)
      .integer("pid", status.pid)
      .text("host", status.host)
      .texts("command", status.command)
      .integer("started_ns", status.started_ns)
      .integer("updated_ns", status.updated_ns)
      .number_or_null("elapsed_s", status.elapsed_s)
      .flag_or_null("scan_complete", status.scan_complete)
      .number_or_null("files_per_s", status.files_per_s)
      .number_or_null("mean_files_per_s", status.mean_files_per_s)
      .number_or_null("eta_s", eta)
      .integer_or_null("exit_code", status.exit_code)
      .text_or_null("reason", status.reason);
  const auto* const known = std::ranges::find(job_phase_names, phase);
  if (!read_counts(members, status) || version != schema || known == job_phase_names.end() ||
      status.updated_ns < 0 || status.ledger.inputs < status.ledger.finished())
    return std::nullopt;
  status.phase = static_cast<JobPhase>(known - job_phase_names.begin());
  if (eta >= 0) status.eta_s = eta;
  members.each("workers", [&](const Json& element) {
    auto worker = worker_from(element);
    if (!worker) return false;
    status.workers.push_back(*std::move(worker));
    return true;
  });
  members.each("problems", [&](const Json& element) {
    auto problem = problem_from(element);
    if (!problem) return false;
    status.problems.push_back(*std::move(problem));
    return true;
  });
  return members.good() ? std::optional(std::move(status)) : std::nullopt;
}

}  // namespace

void write_job_status(const JobDirectory& directory, const JobStatus& status) {
  AtomicFile file(directory, status_file, 0644);
  file.write(to_text(status_json(status), 2, InvalidUtf8::replace) + "\n");
  file.commit();
}

std::optional<StoredStatus> read_job_status(const JobDirectory& directory) {
  auto text = directory.read_file(status_file, longest_status);
  if (!text || text->empty()) return std::nullopt;  // a power cut may leave an empty file
  auto status = status_from(json_from_text(*text));
  if (!status) {
    throw UsageError(fmt::format("{} is damaged, or of another version of wm-supervisor",
                                 shown_path(directory.path_of(status_file))));
  }
  return StoredStatus{*std::move(text), *std::move(status)};
}

}  // namespace wm
