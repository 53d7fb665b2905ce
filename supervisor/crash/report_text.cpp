#include "supervisor/crash/report_text.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t columns = 100;
constexpr std::size_t most_frames = 40;        // of the thread that died
constexpr std::size_t most_other_frames = 12;  // of each other thread

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  return text.substr(0, most - 3) + "...";
}

std::string frame_place(const StackFrame& frame) {
  if (!frame.function.empty()) return frame.function;
  if (frame.module.empty()) return fmt::format("{:#x}", frame.pc);
  return fmt::format(
      "{} + {:#x}{}", frame.module, frame.offset,
      frame.build_id.empty() ? "" : fmt::format(" (build id {}…)", frame.build_id.substr(0, 8)));
}

std::string frame_line(std::size_t number, const StackFrame& frame) {
  if (frame.left_out > 0) return fmt::format("        ... {} more frames ...\n", frame.left_out);
  std::string line = fmt::format("  {}{:<3} {}", frame.guessed ? "?" : "#", number,
                                 shortened(one_line(frame_place(frame)), columns - 8));
  std::string where;
  if (!frame.file.empty())
    where = fmt::format("{}:{}", frame.file, frame.line == 0 ? "?" : std::to_string(frame.line));
  if (!frame.function.empty()) where += fmt::format("{}{}", where.empty() ? "" : "  ", frame.module);
  if (frame.inlined) where += " (inlined)";
  if (frame.on_disk == OnDisk::different) where += "  [the file was replaced since: no names]";
  if (frame.on_disk == OnDisk::refused) where += "  [not in a directory of installed programs: no names]";
  if (!where.empty()) line += fmt::format("\n         {}", one_line(where));
  return line + "\n";
}

/// Threads with the same stack.
using Alike = std::vector<const ThreadStack*>;

std::string thread_text(const Alike& alike, std::size_t frames) {
  const ThreadStack& thread = *alike.front();
  std::string ids, seconds;
  for (const ThreadStack* const each : alike) {
    const char* const comma = ids.empty() ? "" : ", ";
    ids += fmt::format("{}{}", comma, each->tid);
    seconds += fmt::format("{}{:.3f}", comma, static_cast<double>(each->cpu_ns) / 1e9);
  }
  std::string text = fmt::format("Thread{} {} ({})", alike.size() > 1 ? "s" : "", ids, one_line(thread.name));
  if (!thread.answered) return text + ": did not answer, it has blocked the signal\n";
  text += fmt::format(", {} s of CPU time\n", seconds);
  if (!thread.repaired.empty()) text += fmt::format("  ({})\n", one_line(thread.repaired));
  const std::size_t shown = std::min(thread.frames.size(), frames);
  for (std::size_t i = 0; i < shown; ++i) text += frame_line(i, thread.frames[i]);
  if (thread.frames.size() > shown)
    text += fmt::format("        ... {} more frames: see report.json\n", thread.frames.size() - shown);
  if (thread.end != "complete")
    text += fmt::format("        (the stack ends here: {})\n", one_line(thread.end));
  return text;
}

bool stand_alike(const ThreadStack& one, const ThreadStack& other) {
  return one.name == other.name && one.frames == other.frames && one.answered == other.answered &&
         one.end == other.end;
}

/// The threads from `first` on; identical ones, such as a pool's threads that wait for work, are shown as
/// one.
std::string threads_from(const std::vector<ThreadStack>& threads, std::size_t first, std::size_t frames) {
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

/// The build ids of modules with nameless frames, for finding their debug symbols.
std::string build_ids(const SnapshotAnalysis& analysis) {
  std::set<std::string> ids;
  for (const ThreadStack& thread : analysis.threads) {
    for (const StackFrame& frame : thread.frames) {
      if (frame.function.empty() && !frame.build_id.empty())
        ids.insert(one_line(frame.module + " " + frame.build_id));
    }
  }
  return fmt::format("{}", fmt::join(ids, "\n           "));
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::string lines(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += one_line(text) + "\n";
  return all;
}

/// Writes a report part by part.
class ReportText {
 public:
  explicit ReportText(const CrashReport& report) : report_(report) {}

  std::string write() {
    add_head();
    add_place();
    add_hang();
    add_lines("Its last log lines", report_.log);
    add_lines("What it printed last", report_.last_output);
    if (report_.analysis && report_.analysis->threads.size() > 1) {
      heading("Its other threads");
      text_ += threads_from(report_.analysis->threads, 1, most_other_frames);
    }
    add_files();
    add_circumstances();
    return std::move(text_);
  }

 private:
  void heading(std::string_view title) {
    text_ += fmt::format("\n{}\n{}\n", title, std::string(title.size(), '-'));
  }
  void field(std::string_view name, const std::string& value) {
    if (!value.empty()) text_ += fmt::format("{:<10} {}\n", name, value);
  }
  void add_lines(std::string_view title, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    heading(title);
    text_ += lines(texts);
  }

  void add_head() {
    const std::string summary = one_line(report_.summary);
    text_ = summary + "\n" + std::string(std::min(columns, summary.size()), '=') + "\n\n";
    field("Crash", one_line(report_.id));
    field("When", one_line(report_.time));
    field("File", file_text());
    field("Stage", one_line(report_.stage));
    const CrashedWorker& worker = report_.worker;
    field("Worker", fmt::format("worker-{:02}, pid {}, life {}, {} files begun in it", worker.index,
                                worker.pid, worker.incarnation, worker.files_begun));
    field("Death", one_line(report_.what));
    if (const auto& analysis = report_.analysis) {
      if (!analysis->signal_name.empty()) {
        const std::string code = analysis->code_name.empty() ? "" : " (" + analysis->code_name + ")";
        field("Signal", one_line(analysis->signal_name + code));
      }
      field("Meaning", one_line(analysis->address_meaning));
    }
    if (report_.exception)
      field("Exception", one_line(report_.exception->type + ": " + report_.exception->message));
    field("Heap", one_line(report_.heap_message));
    field("GLib", one_line(report_.glib_fatal));
    field("libvips", one_line(report_.vips_error));
    field("Replay", one_line(report_.replay));
    field("Signature", one_line(report_.signature.sig8 + "  " + report_.signature.text));
  }

  [[nodiscard]] std::string file_text() const {
    if (!report_.task) return "none: the worker had no file in progress";
    const CrashedTask& task = *report_.task;
    std::string text = fmt::format("{}  (attempt {}", shown_path(task.input), task.attempt);
    if (task.found.is_known()) text += fmt::format(", {} bytes", task.found.size);
    text += ")";
    return task.hash.problem.empty() ? text : text + "; it " + one_line(task.hash.problem);
  }

  void add_place() {
    if (report_.analysis && !report_.analysis->threads.empty()) {
      heading("Where it died");
      text_ += thread_text({&report_.analysis->threads.front()}, most_frames);
    } else if (!report_.raw.empty()) {
      heading("Where it died");
      text_ += fmt::format("not analysed yet: {}\nfinish this report with: {}\n", one_line(report_.raw),
                           finishing_command());
    } else if (!report_.hang) {
      heading("Where it died");
      text_ += "there is no snapshot: the worker was killed without being asked\n";
    }
  }

  /// Reports of earlier versions, and those with hidden names, do not contain their location.
  [[nodiscard]] std::string finishing_command() const {
    if (!report_.finish.empty()) return one_line(report_.finish);
    return fmt::format("wm-supervisor crashes symbolise {} --job-dir JOB_DIR", one_line(report_.id));
  }

  void add_hang() {
    if (!report_.hang) return;
    const HangReport& hang = *report_.hang;
    heading("The hang");
    text_ += fmt::format("The worker {}{}", hang.verdict == HangVerdict::silent ? "" : "was ",
                         hang_verdict_names[static_cast<std::size_t>(hang.verdict)]);
    if (!hang.busiest_thread.empty()) {
      text_ +=
          fmt::format(": thread {} used {:.0f} ms of CPU time", one_line(hang.busiest_thread), hang.cpu_ms);
      if (hang.run_queue_ms) text_ += fmt::format(" and waited {:.0f} ms for a CPU", *hang.run_queue_ms);
      if (hang.ms) text_ += fmt::format(" in the {:.0f} ms between two snapshots", *hang.ms);
    }
    text_ += ".\n";
    for (const std::string& line : hang.outside) text_ += "  " + one_line(line) + "\n";
    if (hang.snapshots.empty()) return;
    text_ += hang.snapshots.size() == 2 ? "In the second snapshot, just before it was killed:\n\n"
                                        : "Just before it was killed:\n\n";
    text_ += threads_text(hang.snapshots.back(), most_other_frames * 2);
  }

  void add_files() {
    if (report_.files.empty()) return;
    heading("The files that it had, the last one at the end");
    constexpr std::string_view results[] = {"not finished", "marked", "failed"};
    for (const RecentFile& file : report_.files) {
      text_ +=
          fmt::format("{:<12} {}\n", results[static_cast<std::size_t>(file.result)], shown_path(file.input));
    }
  }

  void add_circumstances() {
    heading("Versions and machine");
    field("version", one_line(report_.versions.program));
    field("libraries", one_line(joined(report_.versions.libraries)));
    if (report_.analysis) field("build ids", build_ids(*report_.analysis));
    const MachineFacts& machine = report_.machine;
    field("machine", fmt::format("{}, {} CPUs, {:.1f} GiB", one_line(machine.kernel), machine.cpus,
                                 static_cast<double>(machine.memory_bytes) / (1 << 30)));
    if (report_.worker.bytes > 0) {
      field("memory", fmt::format("the worker held {:.0f} MiB when it was last looked at",
                                  static_cast<double>(report_.worker.bytes) / (1 << 20)));
    }
    std::vector<std::string> command;
    for (const std::string& word : report_.command) command.push_back(shell_word(word));
    field("command", joined(command));
  }

  const CrashReport& report_;
  std::string text_;
};

}  // namespace

std::string threads_text(const SnapshotAnalysis& analysis, std::size_t frames) {
  return threads_from(analysis.threads, 0, frames);
}

std::string report_text(const CrashReport& report) {
  return ReportText(report).write();
}

}  // namespace wm
