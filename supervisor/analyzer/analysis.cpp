#include "supervisor/analyzer/analysis.h"

#include <elf.h>

#include <chrono>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/analyzer/fault_meaning.h"
#include "supervisor/analyzer/memory_map.h"
#include "supervisor/analyzer/modules.h"
#include "supervisor/analyzer/symboliser.h"
#include "supervisor/analyzer/unwinder.h"

namespace wm {
namespace {

std::string hexadecimal(std::uint64_t number) {
  return fmt::format("{:#x}", number);
}

/// Null in place of an empty text.
Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json number_or_null(int number) {
  return number == 0 ? Json(nullptr) : Json(number);
}

const char* word(OnDisk on_disk) {
  switch (on_disk) {
    case OnDisk::same:
      return "same";
    case OnDisk::different:
      return "different";
    case OnDisk::refused:
      return "refused";
    case OnDisk::missing:
      break;
  }
  return "missing";
}

Json frame_json(const NamedFrame& frame) {
  if (frame.left_out > 0) return {{"left_out", frame.left_out}};
  Json json;
  json["pc"] = hexadecimal(frame.pc);
  json["function"] = text_or_null(frame.function);
  json["file"] = text_or_null(frame.file);
  json["line"] = number_or_null(frame.line);
  json["column"] = number_or_null(frame.column);
  json["inlined"] = frame.inlined;
  json["guessed"] = frame.guessed;
  json["module"] = text_or_null(frame.place.module);
  json["path"] = text_or_null(frame.place.path);
  json["offset"] = hexadecimal(frame.place.offset);
  json["build_id"] = text_or_null(frame.place.build_id);
  json["on_disk"] = word(frame.place.on_disk);
  return json;
}

Json thread_json(const ThreadSnapshot& thread, const SnapshotHeader& header, const WalkedStack& stack,
                 Symboliser& symboliser) {
  Json json;
  json["tid"] = thread.record.tid;
  json["name"] = thread.name;
  json["first"] = thread.record.tid == header.first_tid;
  json["answered"] = thread.record.answered != 0;
  json["cpu_ns"] = thread.record.cpu_ns;
  json["mended"] = text_or_null(stack.mended);
  json["end"] = stack.end;
  json["frames"] = Json::array();
  for (const WalkedFrame& walked : stack.frames) {
    for (const NamedFrame& frame : symboliser.name(walked)) json["frames"].push_back(frame_json(frame));
  }
  return json;
}

const char* kind_word(std::uint32_t kind) {
  switch (static_cast<SnapshotKind>(kind)) {
    case SnapshotKind::fault:
      return "fault";
    case SnapshotKind::exit:
      return "exit";
    case SnapshotKind::look:
      return "look";
  }
  return "unknown";
}

Json map_json(const MemoryMap& map) {
  Json json = Json::array();
  for (const Mapping& mapping : map.mappings()) {
    if (!mapping.executable()) continue;
    json.push_back({{"start", hexadecimal(mapping.start)},
                    {"end", hexadecimal(mapping.end)},
                    {"perms", mapping.permissions},
                    {"offset", hexadecimal(mapping.offset)},
                    {"path", mapping.path}});
  }
  return json;
}

}  // namespace

Json analyse(const Snapshot& snapshot) {
  const auto began = std::chrono::steady_clock::now();
  const SnapshotHeader& header = *snapshot.header;
  const MemoryMap map(snapshot.map);
  const FaultMeaning meaning = meaning_of_fault(snapshot, map);
  Json json;
  json["analyzer"] = 1;
  json["machine"] = header.machine == EM_X86_64 ? "x86_64" : "aarch64";
  json["kind"] = kind_word(header.kind);
  json["complete"] = header.state == static_cast<std::uint32_t>(SnapshotState::complete);
  json["signal"] = header.signal;
  json["signal_name"] = signal_name(header.signal);
  json["code"] = header.code;
  json["code_name"] = code_name(header.signal, header.code);
  json["sender_pid"] = header.sender_pid;
  json["exit_status"] = header.exit_status;
  json["syscall"] = header.syscall;
  json["address"] = header.address_known != 0 ? Json(hexadecimal(header.address)) : Json(nullptr);
  constexpr const char* accesses[] = {nullptr, "read", "write", "execute"};
  json["access"] = header.access >= 1 && header.access <= 3 ? Json(accesses[header.access]) : Json(nullptr);
  json["address_meaning"] = text_or_null(meaning.words);
  json["stack_overflow"] = meaning.stack_overflow;
  json["snapshot_ms"] = static_cast<double>(header.took_ns) / 1e6;

  Modules modules(snapshot, map);
  Unwinder unwinder(snapshot, map, modules);
  Symboliser symboliser(modules);
  json["threads"] = Json::array();
  for (const ThreadSnapshot& thread : snapshot.threads) {
    json["threads"].push_back(thread_json(thread, header, unwinder.walk(thread), symboliser));
  }
  json["threads_alive"] = header.threads_alive;
  json["map"] = map_json(map);
  json["took_ms"] =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  return json;
}

}  // namespace wm
