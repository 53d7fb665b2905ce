#include "supervisor/analyzer/analysis_json.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_members.h"

namespace wm {
namespace {

constexpr int analysis_schema = 1;
constexpr std::array<std::string_view, 4> on_disk_names{"same", "different", "missing", "refused"};

std::string hexadecimal(std::uint64_t number) {
  return fmt::format("{:#x}", number);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json number_or_null(int number) {
  return number == 0 ? Json(nullptr) : Json(number);
}

Json frame_json(const StackFrame& frame) {
  if (frame.left_out > 0) return {{"left_out", frame.left_out}};
  Json json;
  json["pc"] = hexadecimal(frame.pc);
  json["function"] = text_or_null(frame.function);
  json["file"] = text_or_null(frame.file);
  json["line"] = number_or_null(frame.line);
  json["column"] = number_or_null(frame.column);
  json["inlined"] = frame.inlined;
  json["guessed"] = frame.guessed;
  json["module"] = text_or_null(frame.module);
  json["path"] = text_or_null(frame.path);
  json["offset"] = hexadecimal(frame.offset);
  json["build_id"] = text_or_null(frame.build_id);
  json["on_disk"] = on_disk_names[static_cast<std::size_t>(frame.on_disk)];
  return json;
}

Json thread_json(const ThreadStack& thread) {
  Json json;
  json["tid"] = thread.tid;
  json["name"] = thread.name;
  json["first"] = thread.first;
  json["answered"] = thread.answered;
  json["cpu_ns"] = thread.cpu_ns;
  json["mended"] = text_or_null(thread.repaired);
  json["end"] = thread.end;
  json["frames"] = Json::array();
  for (const StackFrame& frame : thread.frames) json["frames"].push_back(frame_json(frame));
  return json;
}

bool read_frame(const Json& json, StackFrame& frame) {
  JsonMembers members(json);
  members.integer_or_null("left_out", frame.left_out);
  if (frame.left_out > 0) return members.good();
  std::optional<std::uint64_t> pc, offset;
  std::string on_disk(on_disk_names[static_cast<std::size_t>(OnDisk::missing)]);
  members.hexadecimal_or_null("pc", pc)
      .text_or_null("function", frame.function)
      .text_or_null("file", frame.file)
      .integer_or_null("line", frame.line)
      .integer_or_null("column", frame.column)
      .flag_or_null("inlined", frame.inlined)
      .flag_or_null("guessed", frame.guessed)
      .text_or_null("module", frame.module)
      .text_or_null("path", frame.path)
      .hexadecimal_or_null("offset", offset)
      .text_or_null("build_id", frame.build_id)
      .text_or_null("on_disk", on_disk);
  const auto* const known = std::ranges::find(on_disk_names, on_disk);
  if (!pc || known == on_disk_names.end()) return false;
  frame.pc = *pc;
  frame.offset = offset.value_or(0);
  frame.on_disk = static_cast<OnDisk>(known - on_disk_names.begin());
  return members.good();
}

bool read_thread(const Json& json, ThreadStack& thread) {
  JsonMembers members(json);
  members.integer("tid", thread.tid)
      .text_or_null("name", thread.name)
      .flag_or_null("first", thread.first)
      .flag_or_null("answered", thread.answered)
      .integer("cpu_ns", thread.cpu_ns)
      .text_or_null("mended", thread.repaired)
      .text_or_null("end", thread.end)
      .each("frames", [&](const Json& frame) { return read_frame(frame, thread.frames.emplace_back()); });
  return members.good();
}

bool read_mapping(const Json& json, ExecutableMapping& mapping) {
  std::optional<std::uint64_t> start, end, offset;
  JsonMembers members(json);
  members.hexadecimal_or_null("start", start)
      .hexadecimal_or_null("end", end)
      .text_or_null("perms", mapping.permissions)
      .hexadecimal_or_null("offset", offset)
      .text("path", mapping.path);
  mapping.start = start.value_or(0);
  mapping.end = end.value_or(0);
  mapping.offset = offset.value_or(0);
  return members.good();
}

}  // namespace

Json analysis_json(const SnapshotAnalysis& analysis) {
  Json json;
  json["analyzer"] = analysis_schema;
  json["machine"] = analysis.machine;
  json["kind"] = analysis.kind;
  json["complete"] = analysis.complete;
  json["signal"] = analysis.signal;
  json["signal_name"] = analysis.signal_name;
  json["code"] = analysis.code;
  json["code_name"] = analysis.code_name;
  json["sender_pid"] = analysis.sender_pid;
  json["exit_status"] = analysis.exit_status;
  json["syscall"] = analysis.syscall;
  json["address"] = analysis.address ? Json(hexadecimal(*analysis.address)) : Json(nullptr);
  json["access"] = text_or_null(analysis.access);
  json["address_meaning"] = text_or_null(analysis.address_meaning);
  json["stack_overflow"] = analysis.stack_overflow;
  json["snapshot_ms"] = analysis.snapshot_ms;
  json["threads"] = Json::array();
  for (const ThreadStack& thread : analysis.threads) json["threads"].push_back(thread_json(thread));
  json["threads_alive"] = analysis.threads_alive;
  json["map"] = Json::array();
  for (const ExecutableMapping& mapping : analysis.map) {
    json["map"].push_back({{"start", hexadecimal(mapping.start)},
                           {"end", hexadecimal(mapping.end)},
                           {"perms", mapping.permissions},
                           {"offset", hexadecimal(mapping.offset)},
                           {"path", mapping.path}});
  }
  json["took_ms"] = analysis.took_ms;
  return json;
}

std::optional<SnapshotAnalysis> analysis_from(const Json& json) {
  SnapshotAnalysis analysis;
  JsonMembers members(json);
  int schema = 0;
  members.integer("analyzer", schema)
      .text_or_null("machine", analysis.machine)
      .text_or_null("kind", analysis.kind)
      .flag_or_null("complete", analysis.complete)
      .integer_or_null("signal", analysis.signal)
      .text_or_null("signal_name", analysis.signal_name)
      .integer_or_null("code", analysis.code)
      .text_or_null("code_name", analysis.code_name)
      .integer_or_null("sender_pid", analysis.sender_pid)
      .integer_or_null("exit_status", analysis.exit_status)
      .integer_or_null("syscall", analysis.syscall)
      .hexadecimal_or_null("address", analysis.address)
      .text_or_null("access", analysis.access)
      .text_or_null("address_meaning", analysis.address_meaning)
      .flag_or_null("stack_overflow", analysis.stack_overflow)
      .number_or_null("snapshot_ms", analysis.snapshot_ms)
      .each("threads",
            [&](const Json& thread) { return read_thread(thread, analysis.threads.emplace_back()); })
      .integer_or_null("threads_alive", analysis.threads_alive)
      .number_or_null("took_ms", analysis.took_ms);
  if (members.find("map") != nullptr) {
    members.each("map",
                 [&](const Json& mapping) { return read_mapping(mapping, analysis.map.emplace_back()); });
  }
  if (!members.good() || schema != analysis_schema) return std::nullopt;
  return analysis;
}

}  // namespace wm
