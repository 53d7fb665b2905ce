#include "supervisor/crash/report_json.h"

#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "common/json/json_text.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/redaction.h"
#include "supervisor/crash/signature.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr const char* verdict_spinning = "spinning";
constexpr const char* verdict_stopped = "stopped by a signal";
constexpr const char* verdict_looked_at = "looked at before it was killed";

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string iso8601_utc(std::int64_t ns) {
  const time_t seconds = ns / 1'000'000'000;
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%FT%TZ", &utc)};
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(one_line(text));
}

std::string note_in(const CrashCellHead& head, CellNoteKind kind) {
  const CellNote& note = head.notes[static_cast<std::size_t>(kind)];
  return {note.text, std::min<std::size_t>(note.bytes.load(std::memory_order_acquire), cell_note_text)};
}

const Json* frame_of(const Json& analysis) {
  if (!analysis.is_object() || !analysis.contains("threads") || analysis["threads"].empty()) return nullptr;
  const Json& frames = analysis["threads"][0]["frames"];
  if (!frames.is_array() || frames.empty()) return nullptr;
  return &frames[frame_at_fault(frames)];
}

/// "function (file.c:12) in libjpeg.so.62"
std::string place_words(const Json& frame) {
  const std::string function = text_in(frame, "function");
  std::string words = function.empty()
                          ? fmt::format("{}+{}", text_in(frame, "module"), text_in(frame, "offset"))
                          : short_name(function);
  const std::string file = text_in(frame, "file");
  if (!file.empty()) {
    words += fmt::format(" ({}:{})", file.substr(file.find_last_of('/') + 1),
                         frame["line"].is_number() ? frame["line"].get<int>() : 0);
  }
  if (!function.empty()) words += " in " + text_in(frame, "module");
  return words;
}

Json files_json(const std::vector<RecentFile>& files, bool redact) {
  Json list = Json::array();
  constexpr const char* results[] = {"not finished", "marked", "failed"};
  for (const RecentFile& recent : files) {
    Json file;
    file["task"] = recent.task;
    file["attempt"] = recent.attempt;
    put_path(file, "input", redact ? redacted(recent.input) : recent.input);
    put_stamp(file, "input", recent.found);
    file["result"] = results[static_cast<std::size_t>(recent.result)];
    list.push_back(std::move(file));
  }
  return list;
}

/// Shows one thread first: the one that spins, else the main thread, which does the work.
void put_first(std::vector<Json>& looks, std::int64_t tid) {
  for (Json& look : looks) {
    Json& threads = look["threads"];
    const auto wanted =
        std::ranges::find_if(threads, [&](const Json& thread) { return thread["tid"] == tid; });
    if (wanted != threads.end()) std::rotate(threads.begin(), wanted, wanted + 1);
  }
}

std::string verdict_of(const DeathFacts& facts) {
  if (facts.hang && facts.hang->activity == HangActivity::stopped) return verdict_stopped;
  if (!facts.answered) return "did not answer";
  if (!facts.hang) return verdict_looked_at;
  return facts.hang->activity == HangActivity::spinning ? verdict_spinning : "waiting";
}

/// What the worker did between the two looks, without the looks themselves.
Json hang_json(const DeathFacts& facts) {
  const HangFinding finding = facts.hang.value_or(HangFinding{});
  Json hang;
  hang["verdict"] = verdict_of(facts);
  hang["cpu_ms_between"] = milliseconds(finding.ran);
  hang["run_queue_ms_between"] = finding.queued ? Json(milliseconds(*finding.queued)) : Json(nullptr);
  hang["ms_between"] = milliseconds(finding.elapsed);
  hang["busiest_thread"] = text_or_null(finding.thread);
  hang["busiest_tid"] = finding.tid != 0 ? Json(finding.tid) : Json(nullptr);
  hang["looks"] = Json::array();
  hang["outside"] = Json::array();
  for (const std::string& line : facts.outside) hang["outside"].push_back(one_line(line));
  return hang;
}

/// All that may name the worker's files.
NameHider hider_for(const DeathFacts& facts) {
  std::vector<std::string> paths;
  if (facts.task) paths = {facts.task->input, facts.task->output};
  for (const RecentFile& file : facts.files) paths.push_back(file.input);
  if (facts.cell) {
    for (RecentFile& file : files_in(facts.cell->head())) paths.push_back(std::move(file.input));
  }
  return NameHider(std::move(paths));
}

/// Whether a line of the log may be about a file whose name is not known here, and so cannot be hidden.
bool tells_of_unknown_file(const DeathLogLine& line, const DeathFacts& facts) {
  if (line.task == 0 || (facts.task && facts.task->id == line.task)) return false;
  return std::ranges::none_of(facts.files, [&](const RecentFile& file) { return file.task == line.task; });
}

/// Who sent the signal, when it was somebody else.
std::string sender_words(const Json& analysis) {
  if (!analysis.is_object()) return {};
  const auto sender = analysis.find("sender_pid");
  if (sender == analysis.end() || !sender->is_number_integer() || sender->get<int>() <= 0) return {};
  const bool itself =
      std::ranges::any_of(analysis["threads"], [&](const Json& thread) { return thread["tid"] == *sender; });
  return itself ? "" : fmt::format(", sent by process {},", sender->get<int>());
}

std::string summary_of(const Json& report) {
  const std::string kind = text_in(report, "kind");
  const Json& analysis = report["analysis"];
  std::string what = text_in(report, "what");
  if (kind == "uncaught_exception") {
    what = fmt::format("ended by an exception that nobody caught: {}: {}",
                       text_in(report["exception"], "type"), text_in(report["exception"], "message"));
  } else if (kind == "stack_overflow") {
    what = "ran over the end of its stack (SIGSEGV)";
  } else if (kind == "heap_check") {
    what = fmt::format("was aborted: {}", text_in(report, "heap_message"));
  } else if (kind == "exit") {
    what = fmt::format("was ended by exit({})", report["wait_status"]["exit_code"].get<int>());
  } else if (kind == "signal") {
    what += sender_words(analysis);
  } else if (kind == "timeout" && report["hang"].is_object()) {
    what += fmt::format(" ({})", text_in(report["hang"], "verdict"));
  }
  const Json* place = frame_of(analysis);
  if (place == nullptr && report["hang"].is_object() && !report["hang"]["looks"].empty()) {
    place = frame_of(report["hang"]["looks"].back());
  }
  return fmt::format("worker-{:02} {}{}{}", report["worker"]["index"].get<unsigned>(), one_line(what),
                     place != nullptr ? " at " : "", place != nullptr ? one_line(place_words(*place)) : "");
}

Json versions_json(const Json& analysis) {
  Json versions;
  versions["wm_supervisor"] = WM_VERSION;
  std::set<std::string> seen;
  if (analysis.is_object() && analysis.contains("map")) {
    for (const Json& mapping : analysis["map"]) {
      const std::string path = text_in(mapping, "path");
      const std::string module = path.substr(path.find_last_of('/') + 1);
      for (const std::string_view known : {"libvips.so", "libjpeg.so", "libpng", "libwebp.so", "libtiff.so",
                                           "libc.so", "libglib-2.0.so", "libheif.so"}) {
        if (module.starts_with(known) && seen.insert(module).second) versions["libraries"].push_back(module);
      }
    }
  }
  return versions;
}

}  // namespace

Json report_json(const DeathFacts& facts, CellAnalysis analysis, const InputHash& input_hash,
                 const ReportContext& context) {
  const auto shown = [&](const std::string& path) { return context.redact_paths ? redacted(path) : path; };
  const NameHider hider = hider_for(facts);
  if (context.redact_paths) hide_names(analysis, hider);
  Json report;
  report["schema"] = crash_schema;
  report["id"] = context.id;
  report["time"] = iso8601_utc(facts.time_ns);
  // Texts may repeat the names that are to be hidden.
  const auto hidden = [&](std::string text) { return context.redact_paths ? hider(std::move(text)) : text; };
  report["summary"] = nullptr;  // its place; see complete_report()
  report["kind"] = nullptr;
  report["what"] = facts.words;
  report["word"] = death_word(facts);
  report["wait_status"] = {{"signal", facts.signal ? Json(*facts.signal) : Json(nullptr)},
                           {"exit_code", facts.signal ? Json(nullptr) : Json(facts.exit_code)}};
  const CrashCellHead* const head = facts.cell ? &facts.cell->head() : nullptr;
  report["worker"] = {{"index", facts.worker},
                      {"pid", facts.pid},
                      {"incarnation", head != nullptr ? head->incarnation : 0},
                      {"files_begun", head != nullptr ? head->tasks.load() : 0},
                      {"ready", facts.booted},
                      {"bytes", facts.bytes}};
  report["task"] = nullptr;
  if (facts.task) {
    Json task;
    task["id"] = facts.task->id;
    task["attempt"] = facts.task->attempt;
    put_path(task, "input", shown(facts.task->input));
    put_path(task, "output", shown(facts.task->output));
    put_stamp(task, "input", facts.task->found);
    task["input_xxh3"] = text_or_null(input_hash.xxh3);
    task["input_hash_problem"] = text_or_null(input_hash.problem);
    report["task"] = std::move(task);
  }
  report["stage"] = text_or_null(facts.stage);
  report["signature"] = nullptr;
  report["exception"] = nullptr;
  if (head != nullptr && !note_in(*head, CellNoteKind::exception_type).empty()) {
    report["exception"] = {{"type", one_line(note_in(*head, CellNoteKind::exception_type))},
                           {"message", one_line(hidden(note_in(*head, CellNoteKind::exception_message)))},
                           {"throw_pc", fmt::format("{:#x}", head->throw_pc.load())}};
  }
  report["heap_message"] = text_or_null(hidden(heap_message(facts.last_output)));
  report["notes"] = {
      {"glib_fatal",
       head != nullptr ? text_or_null(hidden(note_in(*head, CellNoteKind::glib_fatal))) : Json(nullptr)},
      {"vips_error",
       head != nullptr ? text_or_null(hidden(note_in(*head, CellNoteKind::vips_error))) : Json(nullptr)}};
  report["last_output"] = Json::array();
  for (const std::string& line : facts.last_output) report["last_output"].push_back(one_line(hidden(line)));
  report["analysis"] = nullptr;
  report["raw"] = nullptr;
  report["hang"] = nullptr;
  report["cause"] = static_cast<unsigned>(facts.cause);
  report["out_of_memory"] = facts.out_of_memory;
  report["log"] = Json::array();
  for (const DeathLogLine& line : facts.log) {
    if (context.redact_paths && tells_of_unknown_file(line, facts)) continue;
    report["log"].push_back(one_line(hidden(line.text)));
  }
  report["files"] = files_json(facts.files, context.redact_paths);
  utsname kernel{};
  ::uname(&kernel);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  report["machine"] = {{"kernel", fmt::format("{} {} {}", kernel.sysname, kernel.release, kernel.machine)},
                       {"cpus", ::sysconf(_SC_NPROCESSORS_ONLN)},
                       {"memory_bytes", std::uint64_t{memory.totalram} * memory.mem_unit}};
  report["versions"] = versions_json(nullptr);
  report["limits"] = {
      {"timeout_ms", facts.limits.timeout ? Json(facts.limits.timeout->count()) : Json(nullptr)},
      {"memory_limit", facts.limits.memory ? Json(*facts.limits.memory) : Json(nullptr)}};
  report["command"] = Json::array();
  for (const std::string& word : context.command)
    report["command"].push_back(one_line(context.redact_paths ? redacted_word(word) : word));
  report["job_description"] = text_or_null(context.redact_paths ? "" : context.job_file);
  // With hidden names nothing can be done again.
  report["redacted"] = context.redact_paths;
  report["replay"] = facts.task && !context.redact_paths
                         ? Json(fmt::format("wm-supervisor replay {}",
                                            shell_word(context.crash_directory + "/" + context.id)))
                         : Json(nullptr);
  if (facts.cause == DeathCause::timeout || facts.cause == DeathCause::unresponsive) {
    report["hang"] = hang_json(facts);
  } else if (!analysis.looks.empty()) {
    report["hang"] = {{"verdict", verdict_looked_at}, {"cpu_ms_between", 0}, {"looks", Json::array()}};
  }
  complete_report(report, analysis);
  return report;
}

void hide_names(CellAnalysis& analysis, const NameHider& hider) {
  const auto hide = [&](Json& json) {
    const std::string meaning = text_in(json, "address_meaning");
    if (!meaning.empty()) json["address_meaning"] = hider(meaning);
  };
  hide(analysis.death);
  std::ranges::for_each(analysis.looks, hide);
}

void complete_report(Json& report, const CellAnalysis& analysis) {
  if (Json& hang = report["hang"]; hang.is_object() && !analysis.looks.empty()) {
    const bool spins = text_in(hang, "verdict") == verdict_spinning && hang.contains("busiest_tid") &&
                       hang["busiest_tid"].is_number_integer();
    std::vector<Json> looks = analysis.looks;
    put_first(looks, spins ? hang["busiest_tid"].get<int>() : report["worker"].value("pid", 0));
    hang["looks"] = looks;
  }
  report["analysis"] = analysis.death;
  report["raw"] = text_or_null(analysis.problem);
  const bool overflow = analysis.death.is_object() && analysis.death.value("stack_overflow", false);
  DeathFacts facts;  // as far as the kind goes
  facts.booted = report["worker"].value("ready", true);
  facts.cause = static_cast<DeathCause>(report.value("cause", 0U) <= 4 ? report.value("cause", 0U) : 0);
  facts.out_of_memory = report.value("out_of_memory", false);
  if (report["wait_status"]["signal"].is_number_integer())
    facts.signal = report["wait_status"]["signal"].get<int>();
  if (report["heap_message"].is_string()) facts.last_output = {report["heap_message"].get<std::string>()};
  report["kind"] = name(kind_of(facts, report["exception"].is_object(), overflow));
  const Json* const hang = report["hang"].is_object() && !report["hang"]["looks"].empty()
                               ? &report["hang"]["looks"].back()
                               : nullptr;
  const Signature signature =
      signature_of(analysis.death.is_object() || hang == nullptr ? analysis.death : *hang,
                   text_in(report, "word"), text_in(report, "stage"));
  report["signature"] = {{"text", signature.text}, {"sig8", signature.sig8}, {"frames", signature.frames}};
  // Without frames all deaths of a kind would look the same.
  if (!analysis.problem.empty() && !analysis.raw_key.empty()) report["signature"]["sig8"] = analysis.raw_key;
  if (analysis.death.is_object()) report["versions"] = versions_json(analysis.death);
  report["summary"] = summary_of(report);
}

}  // namespace wm
