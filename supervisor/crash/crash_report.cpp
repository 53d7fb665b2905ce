#include "supervisor/crash/crash_report.h"

#include <algorithm>
#include <csignal>
#include <set>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

DeathKind kind_of(const CrashReport& report) {
  switch (report.cause) {
    case DeathCause::timeout:
      return DeathKind::timeout;
    case DeathCause::memory_limit:
      return DeathKind::memory_limit;
    case DeathCause::unresponsive:
      return DeathKind::unresponsive;
    case DeathCause::slow_boot:
      return DeathKind::boot;
    case DeathCause::none:
      break;
  }
  if (report.out_of_memory) return DeathKind::out_of_memory;
  if (!report.worker.ready) return DeathKind::boot;
  if (!report.signal) return DeathKind::exit;
  if (*report.signal == SIGKILL) return DeathKind::killed;
  if (report.analysis && report.analysis->stack_overflow) return DeathKind::stack_overflow;
  if (*report.signal == SIGABRT && report.exception) return DeathKind::uncaught_exception;
  if (*report.signal == SIGABRT && !report.heap_message.empty()) return DeathKind::heap_check;
  return DeathKind::signal;
}

/// Puts one thread first: the spinning one, else the main thread, which does the work.
void put_first(std::vector<SnapshotAnalysis>& snapshots, std::int32_t tid) {
  for (SnapshotAnalysis& snapshot : snapshots) {
    const auto wanted = std::ranges::find(snapshot.threads, tid, &ThreadStack::tid);
    if (wanted != snapshot.threads.end()) std::rotate(snapshot.threads.begin(), wanted, wanted + 1);
  }
}

std::vector<std::string> libraries_in(const SnapshotAnalysis& analysis) {
  constexpr std::array<std::string_view, 8> known{"libvips.so", "libjpeg.so", "libpng",         "libwebp.so",
                                                  "libtiff.so", "libc.so",    "libglib-2.0.so", "libheif.so"};
  std::vector<std::string> libraries;
  std::set<std::string> seen;
  for (const ExecutableMapping& mapping : analysis.map) {
    std::string module = mapping.path.substr(mapping.path.find_last_of('/') + 1);
    const bool is_known =
        std::ranges::any_of(known, [&](std::string_view name) { return module.starts_with(name); });
    if (is_known && seen.insert(module).second) libraries.push_back(std::move(module));
  }
  return libraries;
}

const StackFrame* frame_of(const SnapshotAnalysis& analysis) {
  if (analysis.threads.empty() || analysis.threads.front().frames.empty()) return nullptr;
  const auto& frames = analysis.threads.front().frames;
  return &frames[frame_at_fault(frames)];
}

/// "function (file.c:12) in libjpeg.so.62"
std::string place_text(const StackFrame& frame) {
  std::string text = frame.function.empty() ? fmt::format("{}+{:#x}", frame.module, frame.offset)
                                            : short_name(frame.function);
  if (!frame.file.empty())
    text += fmt::format(" ({}:{})", frame.file.substr(frame.file.find_last_of('/') + 1), frame.line);
  if (!frame.function.empty()) text += " in " + frame.module;
  return text;
}

/// Names the sender of the signal if it was another process.
std::string sender_text(const SnapshotAnalysis& analysis) {
  if (analysis.sender_pid <= 0) return {};
  const bool itself =
      std::ranges::find(analysis.threads, analysis.sender_pid, &ThreadStack::tid) != analysis.threads.end();
  return itself ? "" : fmt::format(", sent by process {},", analysis.sender_pid);
}

std::string what_happened(const CrashReport& report) {
  switch (report.kind) {
    case DeathKind::uncaught_exception:
      return fmt::format("ended by an exception that nobody caught: {}: {}", report.exception->type,
                         report.exception->message);
    case DeathKind::stack_overflow:
      return "ran over the end of its stack (SIGSEGV)";
    case DeathKind::heap_check:
      return fmt::format("was aborted: {}", report.heap_message);
    case DeathKind::exit:
      return fmt::format("was ended by exit({})", report.exit_code.value_or(0));
    case DeathKind::signal:
      return report.what + (report.analysis ? sender_text(*report.analysis) : "");
    case DeathKind::timeout:
      if (!report.hang) return report.what;
      return fmt::format("{} ({})", report.what,
                         hang_verdict_names[static_cast<std::size_t>(report.hang->verdict)]);
    case DeathKind::killed:
    case DeathKind::out_of_memory:
    case DeathKind::memory_limit:
    case DeathKind::unresponsive:
    case DeathKind::boot:
      break;
  }
  return report.what;
}

std::string summary_of(const CrashReport& report) {
  const StackFrame* place = report.analysis ? frame_of(*report.analysis) : nullptr;
  if (place == nullptr && report.hang && !report.hang->snapshots.empty())
    place = frame_of(report.hang->snapshots.back());
  return fmt::format("worker-{:02} {}{}{}", report.worker.index, one_line(what_happened(report)),
                     place != nullptr ? " at " : "", place != nullptr ? one_line(place_text(*place)) : "");
}

}  // namespace

void CrashReport::complete(const CrashAnalysis& from) {
  if (hang && !from.snapshots.empty()) {
    hang->snapshots = from.snapshots;
    const bool spins = hang->verdict == HangVerdict::spinning && hang->busiest_tid;
    put_first(hang->snapshots, spins ? *hang->busiest_tid : worker.pid);
  }
  analysis = from.death;
  raw = one_line(from.problem);
  if (raw.empty()) finish.clear();
  kind = kind_of(*this);
  const bool has_snapshot = hang && !hang->snapshots.empty();
  signature = signature_of(analysis       ? &*analysis
                           : has_snapshot ? &hang->snapshots.back()
                                          : nullptr,
                           word, stage);
  // Without frames, all deaths of a kind would have the same signature.
  if (!raw.empty() && !from.raw_key.empty()) signature.sig8 = from.raw_key;
  if (analysis) versions.libraries = libraries_in(*analysis);
  summary = summary_of(*this);
}

}  // namespace wm
