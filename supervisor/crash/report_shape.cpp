#include "supervisor/crash/report_shape.h"

#include <algorithm>
#include <initializer_list>

#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/crash/crash_directory.h"

namespace wm {
namespace {

using Test = bool (*)(const Json&);

bool is_text(const Json& json) {
  return json.is_string();
}
bool is_text_or_null(const Json& json) {
  return json.is_null() || json.is_string();
}
bool is_number(const Json& json) {
  return json.is_number();
}
bool is_integer_or_null(const Json& json) {
  return json.is_null() || json.is_number_integer();
}
bool is_flag(const Json& json) {
  return json.is_boolean();
}
bool are_texts(const Json& json) {
  return json.is_array() && std::ranges::all_of(json, is_text);
}

/// The field is there and passes.
bool has(const Json& json, const char* key, Test test) {
  const auto found = json.find(key);
  return found != json.end() && test(*found);
}
/// It passes if it is there.
bool may_have(const Json& json, const char* key, Test test) {
  const auto found = json.find(key);
  return found == json.end() || test(*found);
}
bool have(const Json& json, std::initializer_list<const char*> keys, Test test) {
  return std::ranges::all_of(keys, [&](const char* key) { return has(json, key, test); });
}

bool is_frame(const Json& json) {
  return json.is_object() && (json.contains("left_out") || (json.contains("line") && json.contains("pc"))) &&
         may_have(json, "guessed", is_flag) && may_have(json, "inlined", is_flag);
}
bool are_frames(const Json& json) {
  return json.is_array() && std::ranges::all_of(json, is_frame);
}
bool is_thread(const Json& json) {
  return json.is_object() && has(json, "frames", are_frames) &&
         has(json, "tid", [](const Json& tid) { return tid.is_number_integer(); }) &&
         has(json, "cpu_ns", is_number) && may_have(json, "answered", is_flag);
}
bool are_threads(const Json& json) {
  return json.is_array() && std::ranges::all_of(json, is_thread);
}
bool is_analysis_or_null(const Json& json) {
  return json.is_null() || is_analysis(json);
}

bool is_worker(const Json& json) {
  return json.is_object() &&
         has(json, "index", [](const Json& index) { return index.is_number_unsigned(); }) &&
         have(json, {"pid", "incarnation", "files_begun", "bytes"}, is_number) && has(json, "ready", is_flag);
}
bool is_task(const Json& json) {
  return json.is_object() && have(json, {"id", "attempt"}, is_number) &&
         have(json, {"input", "output"}, is_text) && has(json, "input_bytes", is_integer_or_null) &&
         has(json, "input_xxh3", is_text_or_null) && may_have(json, "input_hash_problem", is_text_or_null);
}
/// One of the two, as the kernel has it.
bool is_wait_status(const Json& json) {
  return json.is_object() && have(json, {"signal", "exit_code"}, is_integer_or_null) &&
         json["signal"].is_null() != json["exit_code"].is_null();
}
bool is_hang(const Json& json) {
  return json.is_object() && has(json, "verdict", is_text) && has(json, "cpu_ms_between", is_number) &&
         may_have(json, "ms_between", is_number) &&
         may_have(json, "run_queue_ms_between",
                  [](const Json& ms) { return ms.is_null() || ms.is_number(); }) &&
         may_have(json, "busiest_tid", is_integer_or_null) && may_have(json, "outside", are_texts) &&
         has(json, "looks",
             [](const Json& looks) { return looks.is_array() && std::ranges::all_of(looks, is_analysis); });
}
bool are_files(const Json& json) {
  return json.is_array() && std::ranges::all_of(json, [](const Json& file) {
           return file.is_object() && have(file, {"input", "result"}, is_text);
         });
}

}  // namespace

bool is_analysis(const Json& json) {
  return json.is_object() && json.value("analyzer", Json()) == 1 && has(json, "threads", are_threads) &&
         may_have(json, "stack_overflow", is_flag) &&
         may_have(json, "map", [](const Json& map) { return map.is_array(); });
}

bool is_report(const Json& json) {
  if (!json.is_object() || json.value("schema", Json()) != crash_schema) return false;
  const bool has_texts =
      have(json, {"id", "time", "summary", "kind", "what", "word"}, is_text) &&
      have(json, {"stage", "heap_message", "raw", "job_description", "replay"}, is_text_or_null) &&
      have(json, {"last_output", "log", "command"}, are_texts);
  return has_texts && has(json, "worker", is_worker) && has(json, "wait_status", is_wait_status) &&
         has(json, "task", [](const Json& task) { return task.is_null() || is_task(task); }) &&
         has(json, "hang", [](const Json& hang) { return hang.is_null() || is_hang(hang); }) &&
         has(json, "analysis", is_analysis_or_null) && has(json, "files", are_files) &&
         has(json, "cause", [](const Json& cause) { return cause.is_number_unsigned(); }) &&
         has(json, "out_of_memory", is_flag) && may_have(json, "redacted", is_flag) &&
         have(json, {"signature", "notes", "limits"}, [](const Json& part) { return part.is_object(); }) &&
         has(json, "exception",
             [](const Json& exception) { return exception.is_null() || exception.is_object(); }) &&
         has(json, "machine",
             [](const Json& machine) {
               return machine.is_object() && has(machine, "memory_bytes", is_number);
             }) &&
         have(json["limits"], {"timeout_ms", "memory_limit"}, is_integer_or_null) &&
         has(json, "versions", [](const Json& versions) {
           return versions.is_object() && may_have(versions, "libraries", are_texts);
         });
}

}  // namespace wm
