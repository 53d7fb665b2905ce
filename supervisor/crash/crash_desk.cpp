#include "supervisor/crash/crash_desk.h"

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
#include "supervisor/crash/left_deaths.h"
#include "supervisor/crash/report_maker.h"
#include "supervisor/crash/signature.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

constexpr std::size_t most_waiting = 64;
constexpr const char* kept_cell = "cell";

bool wrote_snapshot(const DeathFacts& facts) {
  if (!facts.cell) return false;
  const CellState state = facts.cell->state();
  return state == CellState::dying || state == CellState::recorded || state == CellState::parked;
}

std::optional<Snapshot> snapshot_of(const DeathFacts& facts, unsigned area) {
  try {
    return read_snapshot(facts.cell->fd(), area);
  } catch (const std::exception&) {
    return std::nullopt;  // there is none, or it makes no sense: the rest is reported all the same
  }
}

/// What the index says of a report.
void take_over(CrashEntry& entry, const CrashReport& report) {
  entry.sig8 = report.signature.sig8;
  entry.signature = report.signature.text;
  entry.summary = report.summary;
  entry.kind = name(report.kind);
}

/// Copies what is there of a sparse file.
void copy_sparse(int from, int to) {
  off_t at = 0;
  constexpr off_t size = crash_cell_bytes;  // whatever the worker has made of it
  while (at < size && (at = ::lseek(from, at, SEEK_DATA)) >= 0) {
    const off_t end = std::min(::lseek(from, at, SEEK_HOLE), size);
    while (at < end) {
      char chunk[65536];
      const ssize_t got =
          ::pread(from, chunk, std::min<std::size_t>(sizeof chunk, static_cast<std::size_t>(end - at)), at);
      if (got <= 0) return;
      if (::pwrite(to, chunk, static_cast<std::size_t>(got), at) != got)
        throw_errno("cannot keep the crash cell");
      at += got;
    }
  }
  check_errno(::ftruncate(to, crash_cell_bytes), "ftruncate");
}

}  // namespace

CrashDesk::CrashDesk(Settings settings, AnalyzerProcess analyzer, Callbacks callbacks)
    : settings_(std::move(settings)), analyzer_(std::move(analyzer)), callbacks_(std::move(callbacks)) {}

CrashDesk::~CrashDesk() {
  finish(std::chrono::milliseconds(0));
}

void CrashDesk::open(JobDirectory job) {
  directory_.emplace(std::move(job));
  job_file_ = directory_->newest_job();
  for (const CrashEntry& entry : directory_->entries()) {
    if (!entry.full) continue;
    for (Group* const group : {&by_key_[entry.raw_key], &by_signature_[entry.sig8]}) {
      if (group->full++ == 0) group->first = entry.id;
      group->sig8 = entry.sig8;
    }
  }
  thread_ = std::thread([this] { run(); });
}

void CrashDesk::keep_job(const JobDescription& job) {
  try {
    // It names the output and the marks; and a crash whose file has no name cannot be run again anyway.
    if (!settings_.redact_paths) job_file_ = directory_->keep_job(job);
  } catch (const std::exception& error) {
    complain(fmt::format("crashes cannot be run again: {}", one_line(error.what())));
  }
}

void CrashDesk::take(DeathFacts facts) {
  facts.job_file = job_file_;
  const std::lock_guard lock(mutex_);
  if (waiting_.size() > 2 * most_waiting && facts.cell) {  // each cell holds a descriptor
    remove_cell(facts);
    facts.cell.reset();
    facts.looks = 0;
  }
  waiting_.push_back(std::move(facts));
  changed_.notify_all();
}

void CrashDesk::recover(std::optional<RunToken> own_run) {
  const std::lock_guard lock(mutex_);
  left_job_file_ = job_file_;
  recovery_ = own_run;
  changed_.notify_all();
}

bool CrashDesk::wait_until_idle(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return waiting_.empty() && !recovery_ && !working_; });
}

void CrashDesk::finish(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return;
  (void)wait_until_idle(patience);
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
    ending_ = true;
    changed_.notify_all();
  }
  stop_analysis_.request_stop();
  thread_.join();
}

void CrashDesk::run() {
  for (;;) {
    std::optional<DeathFacts> facts;
    {
      std::unique_lock lock(mutex_);
      working_ = !left_.empty();
      changed_.notify_all();
      changed_.wait(lock, [this] { return ending_ || recovery_ || !waiting_.empty() || !left_.empty(); });
      working_ = true;
      if (recovery_) {
        const auto own_run = *std::exchange(recovery_, std::nullopt);
        lock.unlock();
        find_left_deaths(own_run);
        continue;
      }
      std::deque<DeathFacts>& next = waiting_.empty() ? left_ : waiting_;
      if (next.empty()) {
        working_ = false;
        return;
      }
      facts.emplace(std::move(next.front()));
      next.pop_front();
    }
    try {
      report(*facts);
    } catch (const std::exception& error) {
      complain(fmt::format("a crash report could not be written: {}", one_line(error.what())));
      remove_cell(*facts);  // thousands of them fill a disk
    }
  }
}

void CrashDesk::complain(const std::string& problem) {
  if (std::exchange(complained_, true)) return;
  callbacks_.problem(problem);
}

bool CrashDesk::has_waiting() {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

/// Nothing is thrown: a cell that stays costs a little room.
void CrashDesk::remove_cell(const DeathFacts& facts) const {
  if (facts.cell_file.empty() || !directory_) return;
  try {
    if (const auto cells = directory_->cells()) cells->remove(facts.cell_file);
  } catch (const std::exception&) {
  }
}

void CrashDesk::find_left_deaths(std::optional<RunToken> own_run) {
  LeftDeaths left;
  try {
    left = left_deaths(*directory_, own_run, stop_analysis_.get_token());
  } catch (const std::exception& error) {
    return complain(fmt::format("crashes of the last run cannot be reported: {}", one_line(error.what())));
  }
  if (callbacks_.recovered) callbacks_.recovered(left.deaths.size(), left.unread);
  for (DeathFacts& death : left.deaths) {
    if (death.task && own_run) death.task->id = 0;  // its number belongs to that run
    death.job_file = left_job_file_;
    left_.push_back(std::move(death));
  }
}

CellAnalysis CrashDesk::analyse(const DeathFacts& facts, bool has_snapshot) const {
  CellAnalysis result;
  if (!facts.cell || (!has_snapshot && facts.looks == 0)) return result;
  const int cell = facts.cell->fd();
  if (has_snapshot) {
    AnalyzerAnswer answer = analyzer_.analyse(cell, area_of_death, stop_analysis_.get_token());
    result.death = std::move(answer.analysis);
    result.problem = answer.problem;
  }
  for (unsigned look = 0; look < facts.looks && result.problem.empty(); ++look) {
    AnalyzerAnswer answer = analyzer_.analyse(cell, area_of_first_look + look, stop_analysis_.get_token());
    if (answer.analysis) result.looks.push_back(*std::move(answer.analysis));
    result.problem = answer.problem;
  }
  return result;
}

void CrashDesk::report(DeathFacts& facts) {
  const std::string word = death_word(facts);
  const bool has_snapshot = wrote_snapshot(facts);
  std::optional<Snapshot> snapshot;
  if (has_snapshot) snapshot = snapshot_of(facts, area_of_death);
  if (!snapshot && facts.looks > 0) snapshot = snapshot_of(facts, area_of_first_look + facts.looks - 1);

  CrashEntry entry{
      .time = compact_utc_time(facts.time_ns), .word = word, .stage = facts.stage, .worker = facts.worker};
  entry.raw_key = hash8(raw_key(snapshot ? &*snapshot : nullptr, word, facts.stage));
  if (facts.task) entry.input = settings_.redact_paths ? redacted(facts.task->input) : facts.task->input;
  bool hurry = false;
  {
    const std::lock_guard lock(mutex_);
    hurry = hurry_ || waiting_.size() > most_waiting;
  }
  if (const Group& known = by_key_[entry.raw_key]; known.full >= full_reports_of_a_kind) {
    entry.sig8 = known.sig8;
    return count(std::move(entry), facts, known.first);
  }

  CellAnalysis analysis;
  if (hurry && snapshot) {
    analysis.problem = "there was no time for it";
  } else {
    analysis = analyse(facts, has_snapshot && snapshot.has_value());
  }
  analysis.raw_key = entry.raw_key;
  const InputHash input_hash =
      facts.task ? hash_of(facts.task->input, facts.task->found, stop_analysis_.get_token()) : InputHash{};
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
    // Whoever has this key is of that signature: the next one needs no analysis.
    same_key = same;
    return count(std::move(entry), facts, same.first);
  }

  entry.full = true;
  entry.id =
      directory_->create_crash(fmt::format("{}-W{:02}-{}-{}", entry.time, facts.worker, word, entry.sig8));
  context.id = entry.id;
  const CrashReport report = make_report(facts, analysis, input_hash, context);
  if (same.full > 0) entry.same_as = same.first;
  // Also when something cannot be written, so that trouble does not make more reports than peace.
  for (Group* const group : {&same, &same_key}) {
    if (group->full++ == 0) group->first = entry.id;
    group->sig8 = entry.sig8;
  }
  write_report(*directory_, report);
  directory_->add(entry);
  callbacks_.done(entry, facts.task ? facts.task->id : 0);
  keep_or_drop_cell(facts, entry.id, !analysis.problem.empty() || settings_.keep_crash_data);
}

/// One more of a kind that is known well.
void CrashDesk::count(CrashEntry entry, const DeathFacts& facts, const std::string& same_as) {
  const auto number = facts.task ? facts.task->id : 0;
  entry.id = fmt::format("{}-W{:02}-{}-{}-n{}.{}", entry.time, facts.worker, entry.word, entry.sig8, number,
                         facts.task ? facts.task->attempt : 0);
  entry.same_as = same_as;
  keep_or_drop_cell(facts, "", false);
  directory_->add(entry);
  callbacks_.done(entry, number);
}

void CrashDesk::keep_or_drop_cell(const DeathFacts& facts, const std::string& id, bool keep) const {
  if (!keep || !facts.cell) return remove_cell(facts);
  const auto crash = directory_->crash(id);
  if (!crash) return;
  if (!facts.cell_file.empty()) {
    if (const auto cells = directory_->cells()) cells->rename(facts.cell_file, *crash, kept_cell);
  } else {
    copy_sparse(facts.cell->fd(), crash->create_anew(kept_cell, 0600, O_WRONLY).get());
  }
}

std::string recovery_words(std::size_t found, std::size_t unread) {
  if (found == 0) return {};
  std::string words =
      fmt::format("{} worker{} had crashed when the last run died", found, found == 1 ? "" : "s");
  if (unread > 0) {
    words += fmt::format("; {} further crash cell{} {} removed unread, since only {} are reported", unread,
                         unread == 1 ? "" : "s", unread == 1 ? "was" : "were", most_left_deaths);
  }
  return words;
}

std::string symbolise(const FoundCrash& crash, const AnalyzerProcess& analyzer, bool keep_cell) {
  CrashReport report = read_report(crash);
  if (report.raw.empty()) return "";
  const auto directory = crash.crashes.crash(crash.id);
  const UniqueFd file = directory ? directory->open_file(kept_cell, O_RDONLY) : UniqueFd();
  if (!file) return "its cell is not there any more";
  CellAnalysis analysis;
  const bool hung = report.hang.has_value();
  if (!hung) {
    AnalyzerAnswer answer = analyzer.analyse(file.get(), area_of_death);
    if (!answer.problem.empty()) return answer.problem;
    analysis.death = std::move(answer.analysis);
  }
  for (unsigned look = 0; hung && look < 2; ++look) {
    AnalyzerAnswer answer = analyzer.analyse(file.get(), area_of_first_look + look);
    if (answer.analysis) analysis.looks.push_back(*std::move(answer.analysis));
  }
  if (hung && analysis.looks.empty()) return "the looks at the worker cannot be analysed";
  if (report.redacted) {
    const CellRecord record(UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
    std::vector<std::string> paths;
    for (RecentFile& had : files_in(record.head())) paths.push_back(std::move(had.input));
    hide_names(analysis, NameHider(std::move(paths)));
  }
  report.complete(analysis);
  write_report(crash.crashes, report);
  // A later line of an ID counts.
  for (CrashEntry& entry : crash.crashes.entries()) {
    if (entry.id != crash.id) continue;
    take_over(entry, report);
    crash.crashes.add(entry);
    break;
  }
  if (!keep_cell) directory->remove(kept_cell);
  return "";
}

}  // namespace wm
