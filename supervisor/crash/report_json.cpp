#include "supervisor/crash/report_json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_members.h"
#include "supervisor/analyzer/analysis_json.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/text/path_json.h"

namespace wm {
namespace {

constexpr std::array<std::string_view, 3> result_names{"not finished", "marked", "failed"};

// ---- writing ----

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

template <class Value>
Json value_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json task_json(const CrashedTask& task) {
  Json json;
  json["id"] = task.id;
  json["attempt"] = task.attempt;
  put_path(json, "input", task.input);
  put_path(json, "output", task.output);
  put_stamp(json, "input", task.found);
  json["input_xxh3"] = text_or_null(task.hash.xxh3);
  json["input_hash_problem"] = text_or_null(task.hash.problem);
  return json;
}

Json hang_json(const HangReport& hang) {
  Json json;
  json["verdict"] = hang_verdict_names[static_cast<std::size_t>(hang.verdict)];
  json["cpu_ms_between"] = hang.cpu_ms;
  json["run_queue_ms_between"] = value_or_null(hang.run_queue_ms);
  json["ms_between"] = value_or_null(hang.ms);
  json["busiest_thread"] = text_or_null(hang.busiest_thread);
  json["busiest_tid"] = value_or_null(hang.busiest_tid);
  json["looks"] = Json::array();
  for (const SnapshotAnalysis& snapshot : hang.snapshots) json["looks"].push_back(analysis_json(snapshot));
  json["outside"] = hang.outside;
  return json;
}

Json files_json(const std::vector<RecentFile>& files) {
  Json list = Json::array();
  for (const RecentFile& recent : files) {
    Json file;
    file["task"] = recent.task;
    file["attempt"] = recent.attempt;
    put_path(file, "input", recent.input);
    put_stamp(file, "input", recent.found);
    file["result"] = result_names[static_cast<std::size_t>(recent.result)];
    list.push_back(std::move(file));
  }
  return list;
}

// ---- reading ----

template <std::size_t count>
std::optional<std::size_t> index_of(const std::array<std::string_view, count>& names, std::string_view name) {
  const auto* const found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

bool read_worker(const Json& json, CrashedWorker& worker) {
  return JsonMembers(json)
      .integer("index", worker.index)
      .integer("pid", worker.pid)
      .integer("incarnation", worker.incarnation)
      .integer("files_begun", worker.files_begun)
      .flag_or_null("ready", worker.ready)
      .integer("bytes", worker.bytes)
      .good();
}

bool read_task(const Json& json, CrashedTask& task) {
  JsonMembers members(json);
  members.integer("id", task.id)
      .integer("attempt", task.attempt)
      .text_or_null("input_xxh3", task.hash.xxh3)
      .text_or_null("input_hash_problem", task.hash.problem);
  const auto input = members.good() ? path_in(json, "input") : std::nullopt;
  const auto output = members.good() ? path_in(json, "output") : std::nullopt;
  if (!input || !output) return false;
  task.input = *input;
  task.output = *output;
  task.found = stamp_in(json, "input");
  return true;
}

bool read_analyses(JsonMembers& members, const char* key, std::vector<SnapshotAnalysis>& analyses) {
  members.each(key, [&](const Json& json) {
    auto analysis = analysis_from(json);
    if (!analysis) return false;
    analyses.push_back(*std::move(analysis));
    return true;
  });
  return members.good();
}

bool read_hang(const Json& json, HangReport& hang) {
  JsonMembers members(json);
  std::string verdict;
  double run_queue = -1;
  double between = -1;
  members.text("verdict", verdict)
      .number_or_null("cpu_ms_between", hang.cpu_ms)
      .number_or_null("run_queue_ms_between", run_queue)
      .number_or_null("ms_between", between)
      .text_or_null("busiest_thread", hang.busiest_thread)
      .integer_or_null("busiest_tid", hang.busiest_tid);
  if (members.find("outside") != nullptr) members.texts("outside", hang.outside);
  const auto known = index_of(hang_verdict_names, verdict);
  if (!read_analyses(members, "looks", hang.snapshots) || !known) return false;
  hang.verdict = static_cast<HangVerdict>(*known);
  if (run_queue >= 0) hang.run_queue_ms = run_queue;
  if (between >= 0) hang.ms = between;
  return true;
}

bool read_file(const Json& json, RecentFile& file) {
  JsonMembers members(json);
  std::string result;
  members.integer_or_null("task", file.task).integer_or_null("attempt", file.attempt).text("result", result);
  const auto known = index_of(result_names, result);
  const auto input = members.good() ? path_in(json, "input") : std::nullopt;
  if (!input || !known) return false;
  file.input = *input;
  file.found = stamp_in(json, "input");
  file.result = static_cast<FileResult>(*known);
  return true;
}

bool read_signature(const Json& json, Signature& signature) {
  return JsonMembers(json)
      .text("text", signature.text)
      .text("sig8", signature.sig8)
      .texts("frames", signature.frames)
      .good();
}

bool read_exception(const Json& json, UncaughtException& exception) {
  std::optional<std::uint64_t> throw_pc;
  JsonMembers members(json);
  members.text_or_null("type", exception.type)
      .text_or_null("message", exception.message)
      .hexadecimal_or_null("throw_pc", throw_pc);
  exception.throw_pc = throw_pc.value_or(0);
  return members.good();
}

bool read_wait_status(const Json& json, CrashReport& report) {
  return JsonMembers(json)
             .integer_or_null("signal", report.signal)
             .integer_or_null("exit_code", report.exit_code)
             .good() &&
         report.signal.has_value() != report.exit_code.has_value();
}

bool read_limits(const Json& json, DeathLimits& limits) {
  std::optional<std::int64_t> timeout;
  JsonMembers members(json);
  members.integer_or_null("timeout_ms", timeout).integer_or_null("memory_limit", limits.memory);
  if (timeout) limits.timeout = std::chrono::milliseconds(*timeout);
  return members.good();
}

/// A part that must be an object.
template <class Part, class Read>
void read_part(JsonMembers& members, const char* key, Part& part, const Read& read) {
  const Json* const json = members.find(key);
  if (json == nullptr || !read(*json, part)) members.fail();
}

/// A part that may be null.
template <class Part, class Read>
void read_part(JsonMembers& members, const char* key, std::optional<Part>& part, const Read& read) {
  const Json* const json = members.find(key);
  if (json != nullptr && !read(*json, part.emplace())) members.fail();
}

}  // namespace

Json report_json(const CrashReport& report) {
  const CrashedWorker& worker = report.worker;
  Json json;
  json["schema"] = crash_schema;
  json["id"] = report.id;
  json["time"] = report.time;
  json["summary"] = report.summary;
  json["kind"] = name(report.kind);
  json["what"] = report.what;
  json["word"] = report.word;
  json["wait_status"] = {{"signal", value_or_null(report.signal)},
                         {"exit_code", value_or_null(report.exit_code)}};
  json["worker"] = {{"index", worker.index},
                    {"pid", worker.pid},
                    {"incarnation", worker.incarnation},
                    {"files_begun", worker.files_begun},
                    {"ready", worker.ready},
                    {"bytes", worker.bytes}};
  json["task"] = report.task ? task_json(*report.task) : Json(nullptr);
  json["stage"] = text_or_null(report.stage);
  json["signature"] = {
      {"text", report.signature.text}, {"sig8", report.signature.sig8}, {"frames", report.signature.frames}};
  json["exception"] = nullptr;
  if (report.exception) {
    json["exception"] = {{"type", report.exception->type},
                         {"message", report.exception->message},
                         {"throw_pc", fmt::format("{:#x}", report.exception->throw_pc)}};
  }
  json["heap_message"] = text_or_null(report.heap_message);
  json["notes"] = {{"glib_fatal", text_or_null(report.glib_fatal)},
                   {"vips_error", text_or_null(report.vips_error)}};
  json["last_output"] = report.last_output;
  json["analysis"] = report.analysis ? analysis_json(*report.analysis) : Json(nullptr);
  json["raw"] = text_or_null(report.raw);
  json["hang"] = report.hang ? hang_json(*report.hang) : Json(nullptr);
  json["cause"] = static_cast<unsigned>(report.cause);
  json["out_of_memory"] = report.out_of_memory;
  json["log"] = report.log;
  json["files"] = files_json(report.files);
  json["machine"] = {{"kernel", report.machine.kernel},
                     {"cpus", report.machine.cpus},
                     {"memory_bytes", report.machine.memory_bytes}};
  json["versions"] = {{"wm_supervisor", report.versions.program}};
  if (!report.versions.libraries.empty()) json["versions"]["libraries"] = report.versions.libraries;
  const auto& timeout = report.limits.timeout;
  json["limits"] = {{"timeout_ms", timeout ? Json(timeout->count()) : Json(nullptr)},
                    {"memory_limit", value_or_null(report.limits.memory)}};
  json["command"] = report.command;
  json["job_description"] = text_or_null(report.job_description);
  json["redacted"] = report.redacted;
  json["replay"] = text_or_null(report.replay);
  json["finish"] = text_or_null(report.finish);
  return json;
}

std::optional<CrashReport> report_from(const Json& json) {
  CrashReport report;
  JsonMembers members(json);
  int schema = 0;
  unsigned cause = 0;
  std::string kind;
  members.integer("schema", schema)
      .text("id", report.id)
      .text("time", report.time)
      .text("summary", report.summary)
      .text("kind", kind)
      .text("what", report.what)
      .text("word", report.word)
      .text_or_null("stage", report.stage)
      .text_or_null("heap_message", report.heap_message)
      .texts("last_output", report.last_output)
      .text_or_null("raw", report.raw)
      .integer("cause", cause)
      .flag_or_null("out_of_memory", report.out_of_memory)
      .texts("log", report.log)
      .each("files", [&](const Json& file) { return read_file(file, report.files.emplace_back()); })
      .texts("command", report.command)
      .text_or_null("job_description", report.job_description)
      .flag_or_null("redacted", report.redacted)
      .text_or_null("replay", report.replay)
      .text_or_null("finish", report.finish);
  read_part(members, "wait_status", report, read_wait_status);
  read_part(members, "worker", report.worker, read_worker);
  read_part(members, "task", report.task, read_task);
  read_part(members, "signature", report.signature, read_signature);
  read_part(members, "exception", report.exception, read_exception);
  read_part(members, "hang", report.hang, read_hang);
  read_part(members, "limits", report.limits, read_limits);
  read_part(members, "analysis", report.analysis, [](const Json& part, SnapshotAnalysis& analysis) {
    auto read = analysis_from(part);
    if (!read) return false;
    analysis = *std::move(read);
    return true;
  });
  read_part(members, "notes", report, [](const Json& part, CrashReport& notes) {
    return JsonMembers(part)
        .text_or_null("glib_fatal", notes.glib_fatal)
        .text_or_null("vips_error", notes.vips_error)
        .good();
  });
  read_part(members, "machine", report.machine, [](const Json& part, MachineFacts& machine) {
    return JsonMembers(part)
        .text_or_null("kernel", machine.kernel)
        .integer_or_null("cpus", machine.cpus)
        .integer("memory_bytes", machine.memory_bytes)
        .good();
  });
  read_part(members, "versions", report.versions, [](const Json& part, ProgramVersions& versions) {
    JsonMembers fields(part);
    fields.text_or_null("wm_supervisor", versions.program);
    if (fields.find("libraries") != nullptr) fields.texts("libraries", versions.libraries);
    return fields.good();
  });
  const auto known_kind = death_kind_from(kind);
  const bool knows_cause = cause <= static_cast<unsigned>(DeathCause::slow_boot);
  if (!members.good() || schema != crash_schema || !known_kind || !knows_cause) return std::nullopt;
  report.kind = *known_kind;
  report.cause = static_cast<DeathCause>(cause);
  return report;
}

}  // namespace wm
