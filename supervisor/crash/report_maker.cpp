#include "supervisor/crash/report_maker.h"

#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "supervisor/text/escape.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string note_in(const CrashRecordHead& head, RecordedNoteKind kind) {
  const RecordedNote& note = head.notes[static_cast<std::size_t>(kind)];
  return {note.text, std::min<std::size_t>(note.bytes.load(std::memory_order_acquire), recorded_note_text)};
}

HangVerdict verdict_of(const DeathFacts& facts) {
  if (facts.hang && facts.hang->activity == HangActivity::stopped) return HangVerdict::stopped;
  if (!facts.answered) return HangVerdict::silent;
  if (!facts.hang) return HangVerdict::unknown;
  return facts.hang->activity == HangActivity::spinning ? HangVerdict::spinning : HangVerdict::waiting;
}

/// The worker's activity between the two snapshots, without the snapshots themselves.
HangReport hang_of(const DeathFacts& facts) {
  const HangFinding finding = facts.hang.value_or(HangFinding{});
  HangReport hang{.verdict = verdict_of(facts),
                  .cpu_ms = milliseconds(finding.ran),
                  .ms = milliseconds(finding.elapsed),
                  .busiest_thread = one_line(finding.thread)};
  if (finding.queued) hang.run_queue_ms = milliseconds(*finding.queued);
  if (finding.tid != 0) hang.busiest_tid = finding.tid;
  for (const std::string& line : facts.outside) hang.outside.push_back(one_line(line));
  return hang;
}

/// For all paths of files that the worker may have had.
NameHider hider_for(const DeathFacts& facts) {
  std::vector<std::string> paths;
  if (facts.task) paths = {facts.task->input, facts.task->output};
  for (const RecentFile& file : facts.files) paths.push_back(file.input);
  if (facts.crash_record) {
    for (RecentFile& file : files_in(facts.crash_record->head())) paths.push_back(std::move(file.input));
  }
  return NameHider(std::move(paths));
}

/// Whether a log line may be about a file whose name is unknown here, so that it cannot be hidden.
bool is_about_unknown_file(const DeathLogLine& line, const DeathFacts& facts) {
  if (line.task == 0 || (facts.task && facts.task->id == line.task)) return false;
  return std::ranges::none_of(facts.files, [&](const RecentFile& file) { return file.task == line.task; });
}

MachineFacts this_machine() {
  utsname kernel{};
  ::uname(&kernel);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  return {.kernel = fmt::format("{} {} {}", kernel.sysname, kernel.release, kernel.machine),
          .cpus = ::sysconf(_SC_NPROCESSORS_ONLN),
          .memory_bytes = std::uint64_t{memory.totalram} * memory.mem_unit};
}

/// Makes one report; its texts may contain names that must be hidden.
class ReportMaker {
 public:
  ReportMaker(const DeathFacts& facts, const ReportContext& context)
      : facts_(facts), context_(context), hider_(hider_for(facts)) {}

  CrashReport make(CrashAnalysis analysis, const InputHash& input_hash) {
    if (context_.redact_paths) hide_names(analysis, hider_);
    report_.id = context_.id;
    report_.time = utc_time(facts_.time_ns);
    add_death();
    add_task(input_hash);
    add_words();
    add_circumstances();
    if (facts_.cause == DeathCause::timeout || facts_.cause == DeathCause::unresponsive) {
      report_.hang = hang_of(facts_);
    } else if (!analysis.snapshots.empty()) {
      report_.hang.emplace();
    }
    report_.complete(analysis);
    return std::move(report_);
  }

 private:
  [[nodiscard]] std::string shown(const std::string& path) const {
    return context_.redact_paths ? redacted(path) : path;
  }
  [[nodiscard]] std::string line(std::string text) const {
    return one_line(context_.redact_paths ? hider_(std::move(text)) : text);
  }
  [[nodiscard]] const CrashRecordHead* head() const {
    return facts_.crash_record ? &facts_.crash_record->head() : nullptr;
  }

  void add_death() {
    report_.what = facts_.words;
    report_.word = death_word(facts_);
    report_.signal = facts_.signal;
    if (!facts_.signal) report_.exit_code = facts_.exit_code;
    report_.cause = facts_.cause;
    report_.out_of_memory = facts_.out_of_memory;
    report_.worker = {.index = facts_.worker,
                      .pid = facts_.pid,
                      .incarnation = head() != nullptr ? head()->incarnation : 0,
                      .files_begun = head() != nullptr ? head()->tasks.load() : 0,
                      .ready = facts_.booted,
                      .bytes = facts_.bytes};
  }

  void add_task(const InputHash& input_hash) {
    report_.stage = one_line(facts_.stage);
    if (facts_.task) {
      report_.task = {.id = facts_.task->id,
                      .attempt = facts_.task->attempt,
                      .input = shown(facts_.task->input),
                      .output = shown(facts_.task->output),
                      .found = facts_.task->found,
                      .hash = {one_line(input_hash.xxh3), one_line(input_hash.problem)}};
    }
    report_.files = facts_.files;
    for (RecentFile& file : report_.files) file.input = shown(file.input);
  }

  void add_words() {
    if (head() != nullptr) {
      const std::string type = note_in(*head(), RecordedNoteKind::exception_type);
      if (!type.empty()) {
        report_.exception = {.type = one_line(type),
                             .message = line(note_in(*head(), RecordedNoteKind::exception_message)),
                             .throw_pc = head()->throw_pc.load()};
      }
      report_.glib_fatal = line(note_in(*head(), RecordedNoteKind::glib_fatal));
      report_.vips_error = line(note_in(*head(), RecordedNoteKind::vips_error));
    }
    report_.heap_message = line(heap_message(facts_.last_output));
    for (const std::string& printed : facts_.last_output) report_.last_output.push_back(line(printed));
    for (const DeathLogLine& logged : facts_.log) {
      if (context_.redact_paths && is_about_unknown_file(logged, facts_)) continue;
      report_.log.push_back(line(logged.text));
    }
  }

  void add_circumstances() {
    report_.machine = this_machine();
    report_.versions.program = WM_VERSION;
    report_.limits = facts_.limits;
    for (const std::string& word : context_.command)
      report_.command.push_back(one_line(context_.redact_paths ? redacted_word(word) : word));
    // With hidden names, the crash can be neither replayed nor analysed later.
    report_.redacted = context_.redact_paths;
    if (context_.redact_paths) return;
    report_.job_description = one_line(context_.job_file);
    const std::string crash = shell_word(context_.crash_directory + "/" + context_.id);
    report_.finish = "wm-supervisor crashes symbolise " + crash;
    if (facts_.task) report_.replay = "wm-supervisor replay " + crash;
  }

  const DeathFacts& facts_;
  const ReportContext& context_;
  NameHider hider_;
  CrashReport report_;
};

}  // namespace

CrashReport make_report(const DeathFacts& facts, CrashAnalysis analysis, const InputHash& input_hash,
                        const ReportContext& context) {
  return ReportMaker(facts, context).make(std::move(analysis), input_hash);
}

void hide_names(CrashAnalysis& analysis, const NameHider& hider) {
  const auto hide = [&](SnapshotAnalysis& one) { one.address_meaning = hider(one.address_meaning); };
  if (analysis.death) hide(*analysis.death);
  std::ranges::for_each(analysis.snapshots, hide);
}

}  // namespace wm
