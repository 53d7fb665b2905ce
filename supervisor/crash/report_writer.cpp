#include "supervisor/crash/report_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/analyzer/snapshot_reader.h"
#include "supervisor/crash/analyzer_answer.h"
#include "supervisor/crash/input_hash.h"
#include "supervisor/crash/report_maker.h"
#include "supervisor/crash/signature.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

constexpr const char* kept_crash_record = "cell";

bool wrote_snapshot(const DeathFacts& facts) {
  if (!facts.crash_record) return false;
  const CrashRecordState state = facts.crash_record->state();
  return state == CrashRecordState::dying || state == CrashRecordState::recorded ||
         state == CrashRecordState::parked;
}

std::optional<Snapshot> snapshot_of(const DeathFacts& facts, unsigned area) {
  try {
    return read_snapshot(facts.crash_record->fd(), area);
  } catch (const std::exception&) {
    return std::nullopt;  // missing or invalid: the rest is reported nevertheless
  }
}

/// Copies the report's values for the index.
void take_over(CrashEntry& entry, const CrashReport& report) {
  entry.sig8 = report.signature.sig8;
  entry.signature = report.signature.text;
  entry.summary = report.summary;
  entry.kind = name(report.kind);
}

/// Copies the data of a sparse file.
void copy_sparse(int from, int to) {
  off_t at = 0;
  constexpr off_t size = crash_record_bytes;  // fixed, since the worker may have changed the file's size
  while (at < size && (at = ::lseek(from, at, SEEK_DATA)) >= 0) {
    const off_t end = std::min(::lseek(from, at, SEEK_HOLE), size);
    while (at < end) {
      char chunk[65536];
      const ssize_t got =
          ::pread(from, chunk, std::min<std::size_t>(sizeof chunk, static_cast<std::size_t>(end - at)), at);
      if (got <= 0) return;
      if (::pwrite(to, chunk, static_cast<std::size_t>(got), at) != got)
        throw_errno("cannot keep the crash record");
      at += got;
    }
  }
  check_errno(::ftruncate(to, crash_record_bytes), "ftruncate");
}

}  // namespace

ReportWriter::ReportWriter(Settings settings, AnalyzerProcess analyzer, Done done, Discard discard)
    : settings_(std::move(settings)),
      analyzer_(std::move(analyzer)),
      done_(std::move(done)),
      discard_(std::move(discard)) {}

void ReportWriter::open(JobDirectory job) {
  directory_.emplace(std::move(job));
  for (const CrashEntry& entry : directory_->entries()) {
    if (!entry.full) continue;
    for (Group* const group : {&by_key_[entry.raw_key], &by_signature_[entry.sig8]}) {
      if (group->full++ == 0) group->first = entry.id;
      group->sig8 = entry.sig8;
    }
  }
}

/// Throws nothing: a crash record that remains costs only a little room.
void ReportWriter::remove_crash_record(const DeathFacts& facts) const {
  if (facts.crash_record_file.empty() || !directory_) return;
  try {
    if (discard_) {
      if (facts.crash_record) mark_as_reported(facts.crash_record->fd());
      return discard_(facts.crash_record_file);
    }
    if (const auto crash_records = directory_->crash_records())
      crash_records->remove(facts.crash_record_file);
  } catch (const std::exception&) {
  }
}

CrashAnalysis ReportWriter::analyse(const DeathFacts& facts, bool has_snapshot,
                                    const std::stop_token& stop) const {
  CrashAnalysis result;
  if (!facts.crash_record || (!has_snapshot && facts.snapshots == 0)) return result;
  const int crash_record = facts.crash_record->fd();
  if (has_snapshot) {
    AnalyzerAnswer answer = analyzer_.analyse(crash_record, area_of_death, stop);
    result.death = std::move(answer.analysis);
    result.problem = answer.problem;
  }
  for (unsigned snapshot = 0; snapshot < facts.snapshots && result.problem.empty(); ++snapshot) {
    AnalyzerAnswer answer = analyzer_.analyse(crash_record, area_of_first_snapshot + snapshot, stop);
    if (answer.analysis) result.snapshots.push_back(*std::move(answer.analysis));
    result.problem = answer.problem;
  }
  return result;
}

void ReportWriter::report(const DeathFacts& facts, bool hurry, const std::stop_token& stop) {
  const std::string word = death_word(facts);
  const bool has_snapshot = wrote_snapshot(facts);
  std::optional<Snapshot> snapshot;
  if (has_snapshot) snapshot = snapshot_of(facts, area_of_death);
  if (!snapshot && facts.snapshots > 0)
    snapshot = snapshot_of(facts, area_of_first_snapshot + facts.snapshots - 1);

  CrashEntry entry{
      .time = compact_utc_time(facts.time_ns), .word = word, .stage = facts.stage, .worker = facts.worker};
  entry.raw_key = hash8(raw_key(snapshot ? &*snapshot : nullptr, word, facts.stage));
  if (facts.task) entry.input = settings_.redact_paths ? redacted(facts.task->input) : facts.task->input;
  if (const Group& known = by_key_[entry.raw_key]; known.full >= full_reports_of_a_kind) {
    entry.sig8 = known.sig8;
    return count(std::move(entry), facts, known.first);
  }

  CrashAnalysis analysis;
  if (hurry && snapshot) {
    analysis.problem = "there was no time for it";
  } else {
    analysis = analyse(facts, has_snapshot && snapshot.has_value(), stop);
  }
  analysis.raw_key = entry.raw_key;
  const InputHash input_hash =
      facts.task ? hash_until_stopped(facts.task->input, facts.task->found, stop) : InputHash{};
  std::error_code ignored;
  ReportContext context{
      .id = "",
      .command = settings_.command,
      .job_file = facts.job_file,
      .crash_directory = std::filesystem::absolute(directory_->path(), ignored).lexically_normal().string(),
      .redact_paths = settings_.redact_paths};
  take_over(entry, make_report(facts, analysis, input_hash, context));
  Group& same = by_signature_[entry.sig8];
  Group& same_key = by_key_[entry.raw_key];
  if (same.full >= full_reports_of_a_kind) {
    // Deaths with this key have that signature, so the next one needs no analysis.
    same_key = same;
    return count(std::move(entry), facts, same.first);
  }

  entry.full = true;
  entry.id =
      directory_->create_crash(fmt::format("{}-W{:02}-{}-{}", entry.time, facts.worker, word, entry.sig8));
  context.id = entry.id;
  const CrashReport report = make_report(facts, analysis, input_hash, context);
  if (same.full > 0) entry.same_as = same.first;
  // Done before writing, so that write errors do not lead to more reports than success does.
  for (Group* const group : {&same, &same_key}) {
    if (group->full++ == 0) group->first = entry.id;
    group->sig8 = entry.sig8;
  }
  write_report(*directory_, report);
  directory_->add(entry);
  done_(entry, facts.task);
  keep_or_drop_crash_record(facts, entry.id, !analysis.problem.empty() || settings_.keep_crash_data);
}

/// Counts one more death of a well-known kind.
void ReportWriter::count(CrashEntry entry, const DeathFacts& facts, const std::string& same_as) {
  const auto number = facts.task ? facts.task->id : 0;
  entry.id = fmt::format("{}-W{:02}-{}-{}-n{}.{}", entry.time, facts.worker, entry.word, entry.sig8, number,
                         facts.task ? facts.task->attempt : 0);
  entry.same_as = same_as;
  keep_or_drop_crash_record(facts, "", false);
  directory_->add(entry);
  done_(entry, facts.task);
}

void ReportWriter::keep_or_drop_crash_record(const DeathFacts& facts, const std::string& id,
                                             bool keep) const {
  if (!keep || !facts.crash_record) return remove_crash_record(facts);
  const auto crash = directory_->crash(id);
  if (!crash) return;
  if (!facts.crash_record_file.empty() && !discard_) {
    if (const auto crash_records = directory_->crash_records())
      crash_records->rename(facts.crash_record_file, *crash, kept_crash_record);
  } else {
    copy_sparse(facts.crash_record->fd(), crash->create_anew(kept_crash_record, 0600, O_WRONLY).get());
    remove_crash_record(facts);
  }
}

std::string symbolise(const FoundCrash& crash, const AnalyzerProcess& analyzer, bool keep_crash_record) {
  CrashReport report = read_report(crash);
  if (report.raw.empty()) return "";
  const auto directory = crash.crashes.crash(crash.id);
  const UniqueFd file = directory ? directory->open_file(kept_crash_record, O_RDONLY) : UniqueFd();
  if (!file) return "its crash record is not there any more";
  CrashAnalysis analysis;
  const bool hung = report.hang.has_value();
  if (!hung) {
    AnalyzerAnswer answer = analyzer.analyse(file.get(), area_of_death);
    if (!answer.problem.empty()) return answer.problem;
    analysis.death = std::move(answer.analysis);
  }
  for (unsigned snapshot = 0; hung && snapshot < 2; ++snapshot) {
    AnalyzerAnswer answer = analyzer.analyse(file.get(), area_of_first_snapshot + snapshot);
    if (answer.analysis) analysis.snapshots.push_back(*std::move(answer.analysis));
  }
  if (hung && analysis.snapshots.empty()) return "the snapshots at the worker cannot be analysed";
  if (report.redacted) {
    const CrashRecord record(UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
    std::vector<std::string> paths;
    for (RecentFile& had : files_in(record.head())) paths.push_back(std::move(had.input));
    hide_names(analysis, NameHider(std::move(paths)));
  }
  report.complete(analysis);
  write_report(crash.crashes, report);
  // The last line of an ID counts.
  for (CrashEntry& entry : crash.crashes.entries()) {
    if (entry.id != crash.id) continue;
    take_over(entry, report);
    crash.crashes.add(entry);
    break;
  }
  if (!keep_crash_record) directory->remove(kept_crash_record);
  return "";
}

}  // namespace wm
