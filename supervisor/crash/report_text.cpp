#include "supervisor/crash/report_text.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/crash/crash_directory.h"
#include "supervisor/crash/signature.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t columns = 100;
constexpr std::size_t most_frames = 40;        // of the thread that died
constexpr std::size_t most_other_frames = 12;  // of each other one

std::string number_in(const Json& json, const char* key) {
  if (!json.is_object()) return "?";
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->dump() : "?";
}

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  return text.substr(0, most - 3) + "...";
}

std::string frame_line(std::size_t number, const Json& frame) {
  if (frame.contains("left_out"))
    return fmt::format("        ... {} more frames ...\n", number_in(frame, "left_out"));
  const std::string function = text_in(frame, "function");
  const std::string module = text_in(frame, "module");
  std::string place = function;
  if (function.empty() && module.empty()) {
    place = text_in(frame, "pc");
  } else if (function.empty()) {
    const std::string build_id = text_in(frame, "build_id");
    place = fmt::format("{} + {}{}", module, text_in(frame, "offset"),
                        build_id.empty() ? "" : fmt::format(" (build id {}…)", build_id.substr(0, 8)));
  }
  const bool guessed = frame.value("guessed", false);
  std::string line =
      fmt::format("  {}{:<3} {}", guessed ? "?" : "#", number, shortened(one_line(place), columns - 8));
  const std::string file = text_in(frame, "file");
  std::string where;
  if (!file.empty()) where = fmt::format("{}:{}", file, number_in(frame, "line"));
  if (!function.empty()) where += fmt::format("{}{}", where.empty() ? "" : "  ", module);
  if (frame.value("inlined", false)) where += " (inlined)";
  if (text_in(frame, "on_disk") == "different") where += "  [the file was replaced since: no names]";
  if (text_in(frame, "on_disk") == "refused")
    where += "  [not in a directory of installed programs: no names]";
  if (!where.empty()) line += fmt::format("\n         {}", one_line(where));
  return line + "\n";
}

/// Threads that stand at the same place.
using Alike = std::vector<const Json*>;

std::string thread_text(const Alike& alike, std::size_t frames) {
  const Json& thread = *alike.front();
  std::string ids, seconds;
  for (const Json* const each : alike) {
    const char* const comma = ids.empty() ? "" : ", ";
    ids += comma + number_in(*each, "tid");
    seconds += fmt::format("{}{:.3f}", comma, each->value("cpu_ns", 0.0) / 1e9);
  }
  std::string text =
      fmt::format("Thread{} {} ({})", alike.size() > 1 ? "s" : "", ids, one_line(text_in(thread, "name")));
  if (!thread.value("answered", true)) return text + ": did not answer, it has blocked the signal\n";
  text += fmt::format(", {} s of CPU time\n", seconds);
  const std::string mended = text_in(thread, "mended");
  if (!mended.empty()) text += fmt::format("  ({})\n", mended);
  const Json& list = thread["frames"];
  for (std::size_t i = 0; i < std::min(list.size(), frames); ++i) text += frame_line(i, list[i]);
  if (list.size() > frames)
    text += fmt::format("        ... {} more frames: see report.json\n", list.size() - frames);
  const std::string end = text_in(thread, "end");
  if (end != "complete") text += fmt::format("        (the stack ends here: {})\n", end);
  return text;
}

bool stand_alike(const Json& one, const Json& other) {
  return text_in(one, "name") == text_in(other, "name") && one["frames"] == other["frames"] &&
         one.value("answered", true) == other.value("answered", true) &&
         text_in(one, "end") == text_in(other, "end");
}

/// The threads from `first` on: a pool's that wait for work take the room of one.
std::string threads_from(const Json& threads, std::size_t first, std::size_t frames) {
  std::vector<Alike> groups;
  for (std::size_t i = first; i < threads.size(); ++i) {
    const auto same = std::ranges::find_if(
        groups, [&](const Alike& alike) { return stand_alike(*alike.front(), threads[i]); });
    if (same == groups.end()) {
      groups.push_back({&threads[i]});
    } else {
      same->push_back(&threads[i]);
    }
  }
  std::string text;
  for (const Alike& alike : groups) text += (text.empty() ? "" : "\n") + thread_text(alike, frames);
  return text;
}

/// Of the modules with frames that have no name, as their debug symbols are asked for.
std::string build_ids(const Json& analysis) {
  std::set<std::string> ids;
  if (!analysis.is_object()) return {};
  for (const Json& thread : analysis["threads"]) {
    for (const Json& frame : thread["frames"]) {
      const std::string id = text_in(frame, "build_id");
      if (text_in(frame, "function").empty() && !id.empty()) ids.insert(text_in(frame, "module") + " " + id);
    }
  }
  return fmt::format("{}", fmt::join(ids, "\n           "));
}

void heading(std::string& text, std::string_view title) {
  text += fmt::format("\n{}\n{}\n", title, std::string(title.size(), '-'));
}

void field(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) text += fmt::format("{:<10} {}\n", name, value);
}

std::string file_words(const Json& report) {
  const Json& task = report["task"];
  if (!task.is_object()) return "none: the worker had no file in work";
  std::string words = text_in(task, "input");
  words = task.contains("input_encoding") ? words + "  (percent-encoded)" : shown_path(words);
  words += fmt::format("  (attempt {}", number_in(task, "attempt"));
  if (task["input_bytes"].is_number()) words += fmt::format(", {} bytes", number_in(task, "input_bytes"));
  words += ")";
  const std::string problem = text_in(task, "input_hash_problem");
  return problem.empty() ? words : words + "; it " + problem;
}

void add_hang(std::string& text, const Json& hang) {
  if (!hang.is_object()) return;
  heading(text, "The hang");
  const std::string busiest = text_in(hang, "busiest_thread");
  const std::string verdict = text_in(hang, "verdict");
  text += fmt::format("The worker {}{}", verdict == "did not answer" ? "" : "was ", verdict);
  if (!busiest.empty()) {
    text += fmt::format(": thread {} used {:.0f} ms of CPU time", one_line(busiest),
                        hang.value("cpu_ms_between", 0.0));
    if (const auto queued = hang.find("run_queue_ms_between"); queued != hang.end() && queued->is_number())
      text += fmt::format(" and waited {:.0f} ms for a CPU", queued->get<double>());
    if (const auto between = hang.find("ms_between"); between != hang.end())
      text += fmt::format(" in the {:.0f} ms between two looks", between->get<double>());
  }
  text += ".\n";
  for (const Json& line : hang.value("outside", Json::array())) text += "  " + line.get<std::string>() + "\n";
  const Json& looks = hang["looks"];
  if (looks.empty()) return;
  text += looks.size() == 2 ? "At the second look, just before it was killed:\n\n"
                            : "Just before it was killed:\n\n";
  text += threads_text(looks.back(), most_other_frames * 2);
}

}  // namespace

std::string threads_text(const Json& analysis, std::size_t frames) {
  return threads_from(analysis["threads"], 0, frames);
}

std::string report_text(const Json& report) {
  std::string text = text_in(report, "summary") + "\n" +
                     std::string(std::min(columns, text_in(report, "summary").size()), '=') + "\n\n";
  const Json& analysis = report["analysis"];
  field(text, "Crash", text_in(report, "id"));
  field(text, "When", text_in(report, "time"));
  field(text, "File", file_words(report));
  field(text, "Stage", text_in(report, "stage"));
  const Json& worker = report["worker"];
  field(text, "Worker",
        fmt::format("worker-{:02}, pid {}, life {}, {} files begun in it", worker.value("index", 0U),
                    number_in(worker, "pid"), number_in(worker, "incarnation"),
                    number_in(worker, "files_begun")));
  field(text, "Death", text_in(report, "what"));
  if (analysis.is_object()) {
    const std::string code = text_in(analysis, "code_name");
    if (!text_in(analysis, "signal_name").empty()) {
      field(text, "Signal", text_in(analysis, "signal_name") + (code.empty() ? "" : " (" + code + ")"));
    }
    field(text, "Meaning", one_line(text_in(analysis, "address_meaning")));
  }
  if (report["exception"].is_object()) {
    field(
        text, "Exception",
        fmt::format("{}: {}", text_in(report["exception"], "type"), text_in(report["exception"], "message")));
  }
  field(text, "Heap", text_in(report, "heap_message"));
  field(text, "GLib", text_in(report["notes"], "glib_fatal"));
  field(text, "libvips", text_in(report["notes"], "vips_error"));
  const std::string replay = text_in(report, "replay");
  field(text, "Replay", replay);
  field(text, "Signature",
        report["signature"].is_object()
            ? text_in(report["signature"], "sig8") + "  " + one_line(text_in(report["signature"], "text"))
            : "");

  if (analysis.is_object() && !analysis["threads"].empty()) {
    heading(text, "Where it died");
    text += thread_text({&analysis["threads"][0]}, most_frames);
  } else if (!report["raw"].is_null()) {
    heading(text, "Where it died");
    text += fmt::format("not analysed yet: {}\nfinish this report with: wm-supervisor crashes symbolise {}\n",
                        text_in(report, "raw"), text_in(report, "id"));
  } else if (!report["hang"].is_object()) {
    heading(text, "Where it died");
    text += "nobody could look: the worker was killed without being asked\n";
  }
  add_hang(text, report["hang"]);
  if (!report["log"].empty()) {
    heading(text, "Its last log lines");
    for (const Json& line : report["log"]) text += line.get<std::string>() + "\n";
  }
  if (!report["last_output"].empty()) {
    heading(text, "What it printed last");
    for (const Json& line : report["last_output"]) text += line.get<std::string>() + "\n";
  }
  if (analysis.is_object() && analysis["threads"].size() > 1) {
    heading(text, "Its other threads");
    text += threads_from(analysis["threads"], 1, most_other_frames);
  }
  if (!report["files"].empty()) {
    heading(text, "The files that it had, the last one at the end");
    for (const Json& file : report["files"]) {
      text += fmt::format("{:<12} {}\n", text_in(file, "result"), one_line(text_in(file, "input")));
    }
  }
  heading(text, "Versions and machine");
  field(text, "version", text_in(report["versions"], "wm_supervisor"));
  std::string libraries;
  for (const Json& library : report["versions"].value("libraries", Json::array()))
    libraries += (libraries.empty() ? "" : " ") + library.get<std::string>();
  field(text, "libraries", libraries);
  field(text, "build ids", build_ids(analysis));
  const Json& machine = report["machine"];
  field(text, "machine",
        fmt::format("{}, {} CPUs, {:.1f} GiB", text_in(machine, "kernel"), number_in(machine, "cpus"),
                    machine.value("memory_bytes", 0.0) / (1 << 30)));
  if (worker.value("bytes", 0ULL) > 0) {
    field(text, "memory",
          fmt::format("the worker held {:.0f} MiB when it was last looked at",
                      worker.value("bytes", 0.0) / (1 << 20)));
  }
  std::string command;
  for (const Json& word : report["command"])
    command += (command.empty() ? "" : " ") + shell_word(word.get<std::string>());
  field(text, "command", command);
  return text;
}

}  // namespace wm
