#include "supervisor/commands/batch_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "common/segment/worker_exit.h"
#include "supervisor/cli/output_policy.h"
#include "supervisor/cli/usage_error.h"
#include "supervisor/commands/exit_code.h"
#include "supervisor/commands/job_files.h"
#include "supervisor/crash/announced_by_cell.h"
#include "supervisor/dispatch/retry_policy.h"
#include "supervisor/event/ticker.h"
#include "supervisor/input/nothing_found.h"
#include "supervisor/journal/set_aside.h"
#include "supervisor/pool/cpu_budget.h"
#include "supervisor/pool/death_words.h"
#include "supervisor/pool/memory_limit.h"
#include "supervisor/pool/worker_look.h"
#include "supervisor/pool/worker_program.h"
#include "supervisor/report/json_report.h"
#include "supervisor/report/run_summary.h"
#include "supervisor/report/worker_count.h"
#include "supervisor/text/console.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto tick = 100ms;
constexpr auto scan_head_start = 2ms;           // starting workers need the processors that a short scan has
constexpr auto idle_wait = 500ms;               // wake-ups are hints: a lost one costs this much
constexpr unsigned max_boot_crashes = 3;        // before any worker was ready
constexpr unsigned max_failed_starts = 5;       // with no worker alive
constexpr auto scan_patience = 10s;             // for a scan that hangs in a file system
constexpr auto analysis_patience = 60s;         // for crash reports that are not finished when all files are
constexpr auto stopped_analysis_patience = 5s;  // the same, of a job that a signal stopped
constexpr auto exit_patience = 5s;              // for workers that were told to stop
constexpr auto longest_boot = 60s;              // of a worker; less when pictures must take much less
constexpr auto shortest_boot = 10s;
constexpr std::uint32_t lane_bytes = 256 * 1024;

SegmentShape shape_for(unsigned workers) {
  // Enough slots that the journal's grouped commits never leave a worker without a task, and that many
  // results can gather before somebody wakes up for them.
  return {.workers = workers, .slots = std::max(128U, 4 * workers), .lane_bytes = lane_bytes};
}

RunToken random_token() {
  std::random_device random;
  return static_cast<RunToken>(std::uint64_t{random()} << 32 | random());
}

JobDescription description_of(const JobSettings& settings, RunToken token, const MemoryShares& memory) {
  const LogLevel lowest =
      std::min(settings.log.level, settings.log.standard_error.value_or(settings.log.level));
  return {.recipe = settings.recipe,
          .output_directory = absolute(settings.output),
          .limits = settings.limits,
          .memory = memory,
          .damaged = settings.damaged,
          .keep_dates = settings.keep_dates,
          .run = token,
          .started = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()),
          .verify = settings.verify,
          .policy = output_policy(settings.run),
          .log_level = lowest};
}

MemoryDivision division_of_memory(const MemoryLimit& limit, unsigned workers) {
  const std::uint64_t available = memory_for_workers(machine_memory().usable());
  return divide_memory(available, workers, limit);
}

constexpr auto debugging_patience = 24h;

WorkerPool::Clock::duration boot_patience(const JobSettings& settings) {
  if (settings.debug.tool_worker) return debugging_patience;
  const RunSettings& run = settings.run;
  const bool limited = !run.timeout.percent && run.timeout.time > 0ms;
  if (!limited) return longest_boot;
  return std::clamp<WorkerPool::Clock::duration>(10 * run.timeout.time, shortest_boot, longest_boot);
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

std::uint64_t total(const StageTimes& times) {
  std::uint64_t sum = 0;
  for (const std::uint64_t time : times) sum += time;
  return sum;
}

DeathCause cause_of(const WorkerDeath& death) {
  if (!death.killed) return DeathCause::none;
  switch (*death.killed) {
    case KillReason::timeout:
      return DeathCause::timeout;
    case KillReason::memory:
      return DeathCause::memory_limit;
    case KillReason::unresponsive:
      return DeathCause::unresponsive;
    case KillReason::slow_boot:
      return DeathCause::slow_boot;
    case KillReason::damage:
    case KillReason::stop:
      break;
  }
  return DeathCause::none;
}

/// A debugger around a worker needs memory of its own, for which only an explicit limit is meant.
std::optional<std::uint64_t> memory_limit_for(const JobSettings& settings, unsigned workers) {
  const bool by_default = settings.run.memory_limit.kind == MemoryLimit::Kind::automatic;
  if (by_default && settings.debug.tool_worker) return std::nullopt;
  return memory_limit_of_worker(settings.run.memory_limit, workers);
}

/// `own_groups`: each worker has a control group, in which the kernel keeps the worker's own limit.
MemoryShortage shortage_of(const WorkerDeath& death, bool own_groups) {
  if (kind_of(death) != FailureKind::out_of_memory) return MemoryShortage::none;
  const bool its_own_limit = death.killed == KillReason::memory || own_groups;
  return its_own_limit ? MemoryShortage::of_worker : MemoryShortage::of_machine;
}

}  // namespace

BatchRun::BatchRun(JobSettings settings, std::vector<std::string> command)
    : settings_(std::move(settings)),
      command_(std::move(command)),
      run_token_(random_token()),
      segment_(MappedSegment::create(
          shape_for(settings_.run.workers.value_or(std::min(usable_cpus(), max_workers))))),
      memory_division_(division_of_memory(settings_.run.memory_limit, segment_.shape().workers)),
      launcher_(find_worker_program(settings_.worker_program), segment_,
                description_of(settings_, run_token_, memory_division_.worker)),
      scan_(InputScan({.input = settings_.input,
                       .output_directory = settings_.output,
                       .job_directory = settings_.job_directory,
                       .quarantine_directory = settings_.quarantine_directory,
                       .format = settings_.recipe.encoding.format,
                       .stop_fd = scan_stop_.fd()})),
      memory_limit_(memory_limit_for(settings_, segment_.shape().workers)),
      directory_(JobDirectory::find(settings_.job_directory)),
      log_(segment_, settings_.log, {launcher_.log(), launcher_.space()}),
      quarantine_directory_(settings_.quarantine_directory,
                            [this](const std::string& problem, TaskId task) {
                              log_.log(LogLevel::warning, "supervisor", problem, number(task));
                            }),
      desk_(log_, journal_, report_, settings_.run.retries),
      display_(settings_.progress, settings_.quiet, settings_.log.standard_error.has_value(), began_),
      dispatcher_(segment_.tasks(), segment_.shape().workers),
      memory_(segment_.shape().workers, memory_limit_, settings_.run.recycle_growth),
      grants_(segment_, launcher_.space(), memory_division_.budget),
      cells_(segment_.shape().workers, run_token_, settings_.job_directory),
      pool_(
          loop_, launcher_, segment_, cells_, log_,
          {.width = usable_cpus(), .patience = boot_patience(settings_)},
          [this](WorkerIndex worker, pid_t pid) {
            memory_.adopt(worker, pid);
            if (settings_.run.max_output) limit_file_size(pid, *settings_.run.max_output);
          },
          [this](WorkerDeath death) {
            death.bytes = memory_.last_size(death.worker);
            death.out_of_memory =
                death.signal == SIGKILL && !death.killed && memory_.killed_by_kernel(death.worker);
            on_death(death);
          }),
      crashes_({.command = command_,
                .keep_crash_data = settings_.keep_crash_data,
                .redact_paths = settings_.redact_paths},
               AnalyzerProcess(),
               {.done = [this](const CrashEntry& crash, std::uint64_t task) { on_crash_report(crash, task); },
                .problem = [this](const std::string& problem) { log_.log(LogLevel::error, problem); },
                .recovered =
                    [this](std::size_t found, std::size_t unread) {
                      const std::string words = recovery_words(found, unread);
                      if (!words.empty()) log_.log(LogLevel::warning, words);
                    }}),
      restarts_(segment_.shape().workers, settings_.restart_pause),
      deadline_(settings_.run.timeout),
      idleness_(segment_.shape().workers),
      backlog_(settings_.run.retries),
      hangs_(segment_.shape().workers),
      hang_evidence_(segment_.shape().workers),
      recent_files_(segment_.shape().workers),
      deaths_(segment_.shape().workers),
      tasks_done_(segment_.shape().workers),
      announced_(segment_.shape().workers),
      condemned_(segment_.shape().workers) {
  check_job_directories(settings_);
  prepare_for_debugging();
  report_.command = command_;
  report_.started = std::chrono::system_clock::now();
  report_.damaged_pictures = settings_.damaged;
}

BatchRun::~BatchRun() {
  end_scan();
  feed_.reset();
}

/// What --debug, --gdb and --wait-on-crash want of the workers. Throws UsageError.
void BatchRun::prepare_for_debugging() {
  const DebugSettings& debug = settings_.debug;
  if (debug.foreground) {
    rlimit cores{};
    ::getrlimit(RLIMIT_CORE, &cores);
    cores.rlim_cur = cores.rlim_max;
    ::setrlimit(RLIMIT_CORE, &cores);
  }
  if (debug.wait_on_crash) cells_.park_the_dying();
  if (!debug.tool_worker) return;
  const bool terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
  const DebuggingTool tool = debug.tool == DebugSettings::Tool::valgrind ? DebuggingTool::valgrind
                             : terminal                                  ? DebuggingTool::gdb
                                                                         : DebuggingTool::gdbserver;
  if (const auto package = missing_package(tool)) {
    throw UsageError(fmt::format("{0} is not installed; as root: apt-get install {0}", *package));
  }
  launcher_.run_under(static_cast<WorkerIndex>(*debug.tool_worker - 1), tool);
  if (tool == DebuggingTool::gdbserver) {
    complain(
        "gdbserver waits for: gdb -ex 'target remote localhost:PORT' (it says the port below). It listens on "
        "all "
        "addresses of this machine, and whoever connects commands the worker");
  }
  debugger_has_terminal_ = takes_the_terminal(tool);
}

/// The scan may be waiting for the journal, or for a list that comes through a silent pipe.
void BatchRun::end_scan() {
  journal_.close();
  scan_stop_.post();
}

int BatchRun::run() {
  feed_ = std::make_unique<InputFeed>(std::move(*scan_), journal_, log_);
  scan_.reset();
  pool_.set_target(1);

  const Ticker ticker(tick);
  loop_.watch(ticker.fd(), [&] {
    ticker.take();
    on_tick();
  });
  watch_descriptors();
  loop_.on_wake([this](const EventLoop::Turn& turn) { on_wake(turn); });
  loop_.wait(scan_head_start);
  // A job that exists already is locked and opened at once; a new one only when a worker says that the
  // recipe is good, so that a mistake leaves no trace.
  if (directory_ && !stop_) open_job();
  while (!finished()) turn();
  return conclude();
}

void BatchRun::watch_descriptors() {
  loop_.watch(signals_.fd(), [this] {
    while (const auto signal = signals_.take()) on_signal(*signal);
  });
  loop_.watch(launcher_.done().fd(), [this] { launcher_.done().take(); });
  loop_.watch(journal_.fd(), [this] { journal_.acknowledge(); });
  loop_.watch(log_.retired_fd(), [this] { on_drained(); });
}

void BatchRun::turn() {
  pool_.notice_phases();
  begin_when_a_worker_is_ready();
  dispatcher_.collect([this](Assignment assignment, WorkerIndex worker, Outcome outcome) {
    on_outcome(std::move(assignment), worker, std::move(outcome));
  });
  if (dispatcher_.damaged() || repairing_) repair_segment();
  serve_memory();
  take_admissions();
  refill();
  adjust_pool();
  journal_.hand_over();
  if (!finished()) wait_for_news();
}

bool BatchRun::finished() const {
  if (!opened_) return stop_ && pool_.alive() == 0 && pool_.draining() == 0;
  if (dispatcher_.held() > 0) return false;
  if (stop_) return true;
  return journal_.exhausted() && backlog_.empty();
}

void BatchRun::open_job() {
  directory_ = create_job_directories(settings_);
  if (!lock_) lock_.emplace(*directory_);
  kill_point(KillPoint::job_locked);
  crashes_.open(*directory_);
  AnnouncedOutputs announced = announced_in_left_cells(*directory_);
  cells_.open_directory(*directory_);
  const auto aside = settings_.run.rebuild_journal ? set_aside_journal(*directory_) : std::nullopt;
  JobJournal journal(*directory_, settings_.run.durability);
  try {
    log_.open_file(*directory_);
  } catch (const std::system_error& error) {
    throw UsageError(fmt::format("{}; free some space or choose another --log-file", one_line(error.what())));
  }
  std::string words;
  for (const std::string& word : command_) words += (words.empty() ? "" : " ") + shown_path(word);
  Recovery recovery;
  try {
    recovery = journal.begin_run({.token = run_token_,
                                  .command = words,
                                  .recipe = settings_.recipe,
                                  .output_directory = settings_.output,
                                  .overwrite = settings_.run.overwrite,
                                  .policy = output_policy(settings_.run),
                                  .durability = settings_.run.durability,
                                  .retry_quarantined = settings_.run.retry_quarantined,
                                  .rebuild = settings_.run.rebuild_journal,
                                  .announced = std::move(announced)});
  } catch (const sqlite::Error& error) {
    const JournalError refused = journal.explain(error);
    throw UsageError(fmt::format("{}; {}", refused.problem, refused.advice));
  }
  kill_point(KillPoint::run_begun);
  outputs_.emplace(settings_.output);
  const std::string workers = workers_text(pool_.size(), feed_->found(), feed_->totals().has_value());
  log_.log(LogLevel::info, fmt::format("started with {}, {}: {}", workers,
                                       memory_limit_ ? memory_text(*memory_limit_) + " of memory for each"
                                                     : "no limit on their memory",
                                       words));
  log_.log(LogLevel::debug, memory_.means());
  if (journal.rebuilt()) {
    log_.log(
        LogLevel::warning,
        fmt::format(
            "the journal is rebuilt: outputs newer than their input count as done, and what was quarantined "
            "is tried again{}",
            aside ? "; the old one is " + shown_path(directory_->path_of(*aside)) : ""));
  }
  if (recovery.published + recovery.interrupted + recovery.temporaries > 0) {
    log_.log(LogLevel::warning,
             fmt::format("the last run died: {} files it had in hand are published, {} are tried again, {} "
                         "temporary files removed",
                         recovery.published, recovery.interrupted, recovery.temporaries));
  }
  quarantine_.emplace(*directory_);
  desk_.keep_quarantined(*quarantine_, quarantine_directory_);
  journal_.start(std::move(journal), settings_.run.durability);
  crashes_.recover(run_token_);
  crashes_.keep_job(description_of(settings_, run_token_, memory_division_.worker));
  opened_ = true;
}

void BatchRun::begin_when_a_worker_is_ready() {
  if (first_ready_ || !pool_.first_ready()) return;
  first_ready_ = *pool_.first_ready();
  if (!opened_ && !stop_) open_job();
  service_.say_ready();
}

void BatchRun::take_admissions() {
  if (!opened_) return;
  for (Admission& admission : journal_.take()) {
    if (admission.kind != Admission::Kind::run) {
      desk_.take_settled(admission);
      continue;
    }
    demanded_ -= std::min<std::size_t>(demanded_, 1);
    ++to_run_;
    if (stop_) {
      desk_.take_withdrawn(admission.assignment);
    } else {
      backlog_.add(std::move(admission.assignment));
    }
  }
  if (const auto error = journal_.error(); error && !stop_) {
    cells_.keep_for_next_run();
    stop(exit_halted, error->problem, 0s, error->advice);
  }
}

Supply BatchRun::supply() const {
  if (journal_.exhausted()) return Supply::ended;
  return journal_.has_nothing_now() && !feed_->totals() ? Supply::stalled : Supply::flowing;
}

void BatchRun::refill() {
  if (!opened_ || stop_ || repairing_ || log_.congested()) return;
  std::size_t placed = 0;
  // Tasks are handed out once a worker has shown that it can start.
  while (first_ready_ && !backlog_.empty() && dispatcher_.free_slots() > 0) {
    const Supply others = backlog_.untried() > 0 ? Supply::flowing : supply();
    auto assignment = backlog_.next(others, dispatcher_.held(), pool_.size());
    if (!assignment) break;
    dispatcher_.place(std::move(*assignment));
    ++placed;
  }
  if (placed > 0) {
    last_handed_out_ = Clock::now();
    wake_workers(placed);
  }
  const std::size_t wanted = segment_.shape().slots;
  const std::size_t have = backlog_.untried() + demanded_ + dispatcher_.held();
  if (have < wanted && (wanted - have >= wanted / 4 || dispatcher_.held() < std::size_t{2} * pool_.size())) {
    journal_.demand(wanted - have);
    demanded_ += wanted - have;
  }
}

void BatchRun::wake_workers(std::size_t placed) {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the slots are READY before `waiting` is looked at
  std::uint64_t asleep = 0;
  for (unsigned i = 0; i < pool_.size() && asleep < placed; ++i) {
    if (segment_.cell(static_cast<WorkerIndex>(i)).waiting.load(std::memory_order_seq_cst) != 0) ++asleep;
  }
  if (asleep > 0) launcher_.ready().post(asleep);
  kill_point(KillPoint::place_woken);
}

void BatchRun::adjust_pool() {
  if (stop_ || repairing_) return;
  // Never more workers than files: what is known to need one now, and at first what the scan has found.
  const std::uint64_t known = opened_ ? to_run_ : feed_->found();
  pool_.set_target(static_cast<unsigned>(std::clamp<std::uint64_t>(known, 1, pool_.size())));
  const auto problem = pool_.start_due(Clock::now());
  if (!problem) return;
  log_.log(LogLevel::error, fmt::format("a worker could not be started: {}", *problem));
  if (pool_.alive() > 0) {
    failed_starts_ = 0;
  } else if (++failed_starts_ >= max_failed_starts) {
    stop(exit_halted, fmt::format("workers cannot be started: {}", *problem), 0s);
  }
}

/// Sleeps until something happens that the loop must see to. Results may gather, for waking up for each one
/// costs the workers time: see Dispatcher::results_to_gather. A tick, a death or a failure ends the sleep.
void BatchRun::wait_for_news() {
  auto& waiting = segment_.header().dispatcher_waiting;
  unsigned results = dispatcher_.results_to_gather();
  // Nor shall a worker do many more tasks than it is allowed before it is told to retire.
  if (settings_.run.recycle > 0) results = std::min(results, std::max(1U, settings_.run.recycle / 16));
  // With a result, memory comes back for which somebody waits.
  if (grants_.somebody_waits()) results = 1;
  waiting.store(results, std::memory_order_seq_cst);
  // A worker finishes a slot and then looks at `waiting`; we set it and then look at the slots.
  bool news = false;
  dispatcher_.collect([&](Assignment assignment, WorkerIndex worker, Outcome outcome) {
    news = true;
    on_outcome(std::move(assignment), worker, std::move(outcome));
  });
  loop_.wait(news ? 0ms : idle_wait);
  waiting.store(0, std::memory_order_relaxed);
}

void BatchRun::on_outcome(Assignment assignment, WorkerIndex worker, Outcome outcome) {
  last_outcome_ = Clock::now();
  if (number(worker) < pool_.size()) idleness_.excuse(number(worker));
  if (grants_.end_task(worker, assignment.ticket)) memory_.restore_limit(worker, pool_.pid(worker));
  restarts_.on_success();  // whatever it says of the picture, the worker lived to say it
  const std::uint64_t elapsed = total(outcome.stage_ns);
  for (std::size_t i = 0; i < stage_count; ++i) {
    if (outcome.stage_ns[i] > 0) report_.stages[i].add(outcome.stage_ns[i]);
  }
  if (number(worker) < pool_.size())
    recent_files_.add(worker, assignment.task, outcome.failure ? FileResult::failed : FileResult::marked);
  if (settings_.run.recycle > 0 && number(worker) < tasks_done_.size() &&
      ++tasks_done_[number(worker)] == settings_.run.recycle) {
    pool_.retire(worker);
  }
  if (memory_.has_grown(worker, pool_.pid(worker))) {
    log_.log(LogLevel::info,
             fmt::format("{} has grown by more than --recycle-growth and is replaced", worker_name(worker)));
    pool_.retire(worker);
  }
  if (outcome.failure && outcome.blame == Blame::output_disk) {
    return on_output_disk_full(assignment, worker, *outcome.failure);
  }
  if (outcome.failure) {
    const bool want = outcome.failure->kind == FailureKind::out_of_memory;
    assignment.needs_all = needs_all(want ? MemoryShortage::of_machine : MemoryShortage::none, false);
  }
  if (outcome.failure) return after_attempt(std::move(assignment), worker, *outcome.failure, elapsed);
  deadline_.observe(std::chrono::nanoseconds(elapsed));
  desk_.take_done(assignment, worker, outcome);
}

/// An attempt failed: the task is tried again, or this is its end.
void BatchRun::after_attempt(Assignment assignment, WorkerIndex worker, const Failure& failure,
                             std::uint64_t elapsed_ns) {
  if (desk_.take_failed_attempt(assignment, worker, failure, elapsed_ns)) {
    return queue_again(std::move(assignment));
  }
  const Ledger& ledger = report_.ledger;
  const std::uint64_t failures = ledger.failed + ledger.quarantined;
  if (!stop_ && halts(settings_.run.halt, failures, ledger.finished())) {
    stop(exit_halted, fmt::format("--halt: {} of {} inputs failed", failures, ledger.finished()),
         settings_.run.halt.when == Halt::When::now ? Clock::duration{} : Clock::duration(24h));
  }
}

/// No fault of the input, and every other one would fail in the same way.
void BatchRun::on_output_disk_full(const Assignment& assignment, WorkerIndex worker, const Failure& failure) {
  log_.log(LogLevel::warning, worker_name(worker),
           fmt::format("{}: {}; it waits for the next run", shown(assignment), failure.message),
           number(assignment.task.id));
  desk_.take_withdrawn(assignment);
  stop(exit_halted,
       fmt::format("the disk of {} is full ({})", shown_path(settings_.output), one_line(failure.message)),
       settings_.run.grace, "free some space and run the same command again");
}

void BatchRun::on_death(const WorkerDeath& death) {
  dispatcher_.collect([this](Assignment assignment, WorkerIndex worker, Outcome outcome) {
    on_outcome(std::move(assignment), worker, std::move(outcome));
  });
  tasks_done_[number(death.worker)] = 0;
  grants_.end_worker(death.worker);
  // When no worker was ever ready, it is of another version.
  const bool saw_damage = first_ready_ && !death.signal && death.exit_code == worker_exit_damaged;
  if (saw_damage) dispatcher_.report_damage();
  // When the segment is repaired, everything is swept at once at the end.
  const auto swept = repairing_ || dispatcher_.damaged() ? std::vector<Dispatcher::Returned>{}
                                                         : dispatcher_.sweep(death.worker);
  kill_point(KillPoint::death_swept);
  const auto stage = segment_.cell(death.worker).stage.load(std::memory_order_relaxed);
  const std::string_view stage_word = stage < stage_count ? stage_names[stage] : "unknown";
  const bool asked_to = death.retired || death.killed == KillReason::stop || (stop_ && !death.signal);

  const bool worth_a_word = !asked_to || !swept.empty();
  if (worth_a_word) {
    // That we kill a worker because somebody wants the job to end is no fault of anybody.
    const bool deliberate = death.killed == KillReason::stop;
    std::string doing = death.booted ? "between two files" : "while it started";
    if (!swept.empty()) doing = fmt::format("in stage {} of {}", stage_word, shown(swept.front().assignment));
    log_.log(deliberate ? LogLevel::info : LogLevel::critical,
             fmt::format("{} (pid {}) {} {}{}", worker_name(death.worker), death.pid, death_words(death),
                         doing, deliberate ? ", which waits for the next run" : ""));
  }
  if (const CellFile* const cell = cells_.of(death.worker)) add_announced(cell->fd(), announced_outputs_);
  note_death(death, swept.empty() ? nullptr : &swept.front(), stage_word);
  for (const Dispatcher::Returned& returned : swept) take_back(returned, death, stage_word);
  if (!repairing_ && !dispatcher_.damaged()) announced_outputs_.clear();
  if (asked_to || stop_) return;
  if (launcher_.runs_under_tool(death.worker)) {
    return stop(exit_halted, fmt::format("{} and its debugger ended", worker_name(death.worker)),
                settings_.run.grace);
  }

  // Nobody but us may tell workers to stop.
  const bool misled =
      first_ready_ && !death.signal && death.exit_code == worker_exit_stopped && swept.empty();
  if (misled || segment_.header().stopping.load(std::memory_order_relaxed) != 0) dispatcher_.report_damage();

  const int signal = death.signal.value_or(0);
  const bool killed_from_outside = (signal == SIGKILL && !death.killed) || signal == SIGTERM;
  const bool boots_badly =
      !death.booted && !saw_damage && !misled && death.killed != KillReason::damage &&
      (!death.signal || (!first_ready_ && !killed_from_outside && ++boot_crashes_ >= max_boot_crashes));
  if (boots_badly) {
    boot_failure_ = death;  // its words are still on their way: see on_drained()
    return;
  }
  ++report_.restarts;
  start_again(death.worker, blame_of(death, !swept.empty(), repairing_ || dispatcher_.damaged()));
}

void BatchRun::start_again(WorkerIndex worker, DeathBlame blame) {
  if (const auto pause = restarts_.on_death(blame)) return pool_.pause(worker, *pause);
  stop(exit_halted,
       fmt::format("{} workers died one after another while they had no file in hand",
                   restarts_.deaths_without_success()),
       0s);
}

/// Takes down what is known of a death that nobody asked for; its report is made once its last words are
/// there.
void BatchRun::note_death(const WorkerDeath& death, const Dispatcher::Returned* task,
                          std::string_view stage) {
  const unsigned worker = number(death.worker);
  auto cell = cells_.take(death.worker);
  auto files = recent_files_.take(death.worker);
  const unsigned looks_asked = task != nullptr ? hangs_[worker].looks(task->assignment.ticket) : 0;
  hangs_[worker].forget();
  HangEvidence evidence = hang_evidence_[worker].take(task != nullptr ? task->assignment.ticket : 0);
  const bool ours =
      !death.signal && (death.exit_code == worker_exit_stopped || death.exit_code == worker_exit_orphaned ||
                        death.exit_code == worker_exit_damaged ||
                        death.exit_code == worker_exit_boot_failed || death.exit_code == worker_exit_usage);
  const CellState cell_state = cell ? cell->cell.state() : CellState::prepared;
  const bool recorded = cell_state > CellState::armed && cell_state != CellState::ended;
  const bool wanted = death.killed == KillReason::stop || death.killed == KillReason::damage ||
                      (ours && !recorded) || launcher_.runs_under_tool(death.worker);
  if (wanted) {
    if (cell) cells_.remove(*cell);
    return;
  }
  DeathFacts facts{.time_ns = log_clock_ns(),
                   .worker = worker + 1,
                   .pid = death.pid,
                   .booted = death.booted,
                   .signal = death.signal,
                   .exit_code = death.exit_code,
                   .cause = cause_of(death),
                   .out_of_memory = death.out_of_memory,
                   .bytes = death.bytes,
                   .words = death_words(death),
                   .stage = task != nullptr ? std::string(stage) : std::string(),
                   .files = std::move(files),
                   .outside = std::move(evidence.outside),
                   .hang = std::move(evidence.finding)};
  if (!settings_.run.timeout.percent && settings_.run.timeout.time.count() > 0)
    facts.limits.timeout = settings_.run.timeout.time;
  facts.limits.memory = memory_limit_;
  if (task != nullptr) {
    const Task& work = task->assignment.task;
    facts.task = DeathTask{.id = number(work.id),
                           .attempt = work.attempt,
                           .input = work.input,
                           .output = work.output,
                           .found = work.found};
    facts.files.push_back(recent_file(work, FileResult::not_finished));
  }
  if (cell) {
    for (unsigned look = 0; look < looks_asked; ++look) {
      if (!look_is_complete(cell->cell.fd(), area_of_first_look + look, task->assignment.ticket)) break;
      ++facts.looks;
      facts.answered = true;
    }
    facts.take_cell(std::move(cell->cell), cell->name);
  }
  deaths_[worker] = std::move(facts);
}

void BatchRun::report_deaths(const std::vector<WorkerIndex>& drained) {
  for (const WorkerIndex worker : drained) {
    auto facts = std::exchange(deaths_[number(worker)], std::nullopt);
    if (!facts) continue;
    facts->log = log_.black_box(worker, facts->time_ns);
    std::istringstream words(log_.last_words(worker));
    for (std::string line; std::getline(words, line);) facts->last_output.push_back(line);
    crashes_.take(std::move(*facts));
  }
}

/// On the desk's thread.
void BatchRun::on_crash_report(const CrashEntry& crash, std::uint64_t task) {
  if (task != 0) journal_.record_crash(TaskId{task}, crash.id);
  if (!crash.full) return;
  const std::string directory = shell_word(crashes_.directory().directory_of(crash.id));
  const bool can_be_run_again = crash.input && !settings_.redact_paths;
  log_.log(LogLevel::warning, fmt::format("crash report {}: {}; {}: wm-supervisor {} {}", crash.id,
                                          crash.summary, can_be_run_again ? "run it again with" : "more with",
                                          can_be_run_again ? "replay" : "crashes show", directory));
}

/// A worker that is overdue is looked at before it is killed. True: it may be now.
bool BatchRun::looked_at(const Dispatcher::InWork& task, unsigned looks) {
  const unsigned worker = number(task.worker);
  const CellFile* const cell = cells_.of(task.worker);
  HangWatch& hang = hangs_[worker];
  const unsigned asked = hang.looks(task.ticket);
  const bool answered = cell != nullptr && asked > 0 &&
                        look_is_complete(cell->fd(), area_of_first_look + asked - 1, task.ticket);
  const auto step = hang.next(task.ticket, Clock::now(), looks, answered);
  if (step == HangWatch::Step::wait) return false;
  if (step == HangWatch::Step::kill) return true;
  ProcessSample sample = sample_process(pool_.pid(task.worker));
  HangEvidence& evidence = hang_evidence_[worker].on(task.ticket);
  if (step == HangWatch::Step::begin_interval) {
    evidence.begin = std::move(sample);
    return false;
  }
  const bool first = step == HangWatch::Step::first_look;
  for (const ThreadSample& thread : sample.threads)
    evidence.outside.push_back(fmt::format("look {}: {}", first ? 1 : 2, words_of(thread)));
  if (!first) evidence.finding = assess_hang(evidence.begin, sample);
  pool_.ask_for_look(task.worker, first ? area_of_first_look : area_of_second_look, task.ticket);
  return false;
}

/// Whether a worker that is dead published the output and could not say so; then the file is done. Else its
/// temporary file is removed.
bool BatchRun::take_published(const Assignment& assignment, WorkerIndex worker) {
  const AttemptTraces traces = outputs_->traces_of(
      {.run = run_token_, .task = assignment.task.id, .output = assignment.task.output}, announced_outputs_);
  kill_point(KillPoint::traces_looked_at);
  if (!traces.published) return false;
  last_outcome_ = Clock::now();
  desk_.take_done(assignment, worker, {.published = *traces.published});
  return true;
}

/// What a dead worker had in hand is done after all, is given back, or has lost an attempt.
void BatchRun::take_back(const Dispatcher::Returned& returned, const WorkerDeath& death,
                         std::string_view stage) {
  Assignment assignment = returned.assignment;
  if (take_published(assignment, death.worker)) return;
  if (death.killed == KillReason::stop) return desk_.take_withdrawn(assignment);
  const bool limit = death.killed == KillReason::timeout || death.killed == KillReason::memory;
  if (limit && condemned_[number(death.worker)] != assignment.ticket) {
    // It finished the file it was killed for, and this one had hardly begun.
    return queue_again(assignment);
  }
  assignment.needs_all = needs_all(shortage_of(death, memory_.has_groups()), false);
  const auto worked = returned.claimed_since ? Clock::now() - *returned.claimed_since : Clock::duration{};
  after_attempt(std::move(assignment), death.worker,
                {kind_of(death), fmt::format("the worker {} in stage {}", death_words(death), stage)},
                static_cast<std::uint64_t>(std::chrono::nanoseconds(worked).count()));
}

void BatchRun::queue_again(Assignment assignment) {
  assignment.task.may_be_published = true;
  if (stop_) {
    desk_.take_withdrawn(assignment);
  } else {
    backlog_.add(std::move(assignment));
  }
}

void BatchRun::on_drained() {
  const auto drained = log_.take_retired();
  pool_.on_drained(drained);
  report_deaths(drained);
  if (!boot_failure_ || stop_ || std::ranges::find(drained, boot_failure_->worker) == drained.end()) return;

  const bool recipe_is_wrong = !boot_failure_->boot_message.empty() && !first_ready_;
  std::string reason = boot_failure_->boot_message;
  if (reason.empty()) reason = log_.last_words(boot_failure_->worker);
  const std::string words = death_words(*boot_failure_);
  reason = reason.empty() ? words : fmt::format("{} ({})", reason, words);
  if (recipe_is_wrong && !opened_) throw UsageError(one_line(boot_failure_->boot_message));
  stop(recipe_is_wrong ? exit_usage : exit_halted,
       recipe_is_wrong ? one_line(boot_failure_->boot_message)
                       : fmt::format("a worker cannot start: {}", one_line(reason)),
       0s);
}

void BatchRun::on_signal(int signal) {
  if (signal == SIGHUP) return log_.reopen();
  if (signal == SIGCONT) return;  // see on_wake()
  const bool at_once = signal == SIGQUIT;
  if ((signal == SIGINT || at_once) && debugger_has_terminal_) return;  // Ctrl-C is for gdb
  if (signal == SIGUSR1) return log_.log(LogLevel::info, progress_line(progress_now()));
  if (++stop_signals_ > 1 || (at_once && stop_)) {
    stop_->deadline = Clock::now();
    pool_.kill_all(KillReason::stop);
  } else if (stop_) {  // --halt soon waits for files in work; now they have the usual grace
    stop_->deadline = std::min(stop_->deadline, Clock::now() + settings_.run.grace);
  } else {
    stop(128 + signal, fmt::format("stopped by SIG{}", ::sigabbrev_np(signal)),
         at_once ? Clock::duration{} : Clock::duration(settings_.run.grace));
  }
}

void BatchRun::stop(int exit_code, std::string reason, Clock::duration grace, std::string advice) {
  if (stop_) return;
  log_.log(
      exit_code == exit_halted ? LogLevel::critical : LogLevel::warning,
      fmt::format("{}; {}", reason,
                  grace > Clock::duration{} ? "files in work are finished" : "files in work are given up"));
  stop_ = Stop{exit_code, std::move(reason), Clock::now() + grace, std::move(advice),
               feed_->totals().has_value()};
  end_scan();
  pool_.stop_starting();
  for (const Assignment& assignment : dispatcher_.withdraw_unclaimed()) desk_.take_withdrawn(assignment);
  for (const Assignment& assignment : backlog_.withdraw()) desk_.take_withdrawn(assignment);
  if (grace <= Clock::duration{}) pool_.kill_all(KillReason::stop);
}

/// Why the run stopped early, and what to do about it.
std::string BatchRun::last_words() const {
  if (stop_->advice.empty()) return stop_->reason;
  return fmt::format("{}; {}: {}{} files are left", stop_->reason, stop_->advice,
                     stop_->all_found ? "" : "at least ", report_.ledger.pending());
}

void BatchRun::on_tick() {
  const auto now = Clock::now();
  watch_limits(now - std::exchange(last_tick_, now));
  watch_idle_workers();
  if (settings_.debug.wait_on_crash) announce_parked_workers();
  if (stop_ && now >= stop_->deadline) pool_.kill_all(KillReason::stop);
  pace_.observe(now, report_.ledger.finished());
  if (opened_) display_.tick(now, [this] { return progress_now(); });
  service_.tick(std::chrono::steady_clock::now(), [this] { return progress_line(progress_now()); });
}

/// Stopped by Ctrl-Z, or frozen: that time is nobody's.
void BatchRun::on_wake(const EventLoop::Turn& turn) {
  constexpr auto ordinary = 3 * tick / 2;
  if (turn.waited < ordinary && turn.busy < ordinary) return;
  const auto pause = suspended_for(turn.waited, tick, turn.busy, SignalQueue::was_continued());
  if (pause == 0ns) return;
  ActiveClock::leave_out(pause);
  dispatcher_.note_suspension(pause);
  log_.log(LogLevel::info, fmt::format("stood still for {:.1f} s, which counts for no file", seconds(pause)));
}

void BatchRun::watch_limits(Clock::duration since_last_tick) {
  const auto limit = deadline_.limit();
  for (const Dispatcher::InWork& task : dispatcher_.in_work(Clock::now())) {
    idleness_.excuse(number(task.worker));
    // The dead were swept when they were reaped: a task in their hands is a forgery.
    if (pool_.pid(task.worker) < 0) {
      dispatcher_.report_damage();
      continue;
    }
    // Whoever waits for the log, or for memory, does not lose time by it.
    const bool blocked = segment_.lane(task.worker).is_blocked() || grants_.waits(task.worker);
    if (blocked) dispatcher_.forgive(task.ticket, since_last_tick);
    const bool overdue = !blocked && limit && Clock::now() - task.since >= *limit;
    const bool too_large = memory_.exceeds_limit(task.worker, pool_.pid(task.worker));
    if (!overdue && !too_large) continue;
    if (!looked_at(task, too_large ? 1 : 2)) continue;
    condemned_[number(task.worker)] = task.ticket;
    pool_.kill(task.worker, overdue ? KillReason::timeout : KillReason::memory);
  }
}

void BatchRun::announce_parked_workers() {
  for (unsigned i = 0; i < pool_.size(); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    const CellFile* const cell = cells_.of(worker);
    const bool parked = cell != nullptr && cell->state() == CellState::parked;
    const pid_t pid = pool_.pid(worker);
    if (!parked || announced_[i] == pid) continue;
    announced_[i] = pid;
    const std::string words =
        fmt::format("{} has crashed and waits for a debugger: gdb -p {} (when done with it: kill -KILL {})",
                    worker_name(worker), pid, pid);
    log_.log(LogLevel::critical, words);
    complain(words);
  }
}

/// A worker that hangs without a task has no deadline; it is missed by the tasks that nobody takes.
void BatchRun::watch_idle_workers() {
  const bool tasks_wait = dispatcher_.has_unclaimed();
  const auto deadline = deadline_.limit().value_or(std::chrono::nanoseconds(IdlePolicy::longest));
  for (unsigned i = 0; i < pool_.size(); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    if (!tasks_wait || !pool_.is_ready(worker) || launcher_.runs_under_tool(worker) ||
        segment_.lane(worker).is_blocked()) {
      idleness_.excuse(i);
    } else if (idleness_.hangs(i, Clock::now(), deadline)) {
      pool_.kill(worker, KillReason::unresponsive);
    }
  }
}

/// A worker scribbled on the segment. Whoever it was, none of them can be trusted with it any more.
void BatchRun::repair_segment() {
  if (!repairing_) {
    log_.log(LogLevel::critical, "the shared memory is damaged; all workers are started again");
    repairing_ = true;
    pool_.hold_starts(true);
    pool_.kill_all(KillReason::damage);
  }
  if (pool_.alive() > 0 || pool_.draining() > 0) return;

  // The slots may say anything; the cells of the dead still tell what they were at, unless they were hit,
  // too.
  std::set<std::uint64_t> in_cells;
  for (unsigned i = 0; i < pool_.size(); ++i) {
    in_cells.insert(segment_.cell(static_cast<WorkerIndex>(i)).task.load(std::memory_order_relaxed));
  }
  auto returned_tasks = dispatcher_.sweep_all();
  std::ranges::sort(returned_tasks, {}, [](const auto& returned) { return returned.assignment.ticket; });
  const auto in_cell = [&](const Dispatcher::Returned& returned) {
    return returned.claimed && in_cells.contains(number(returned.assignment.task.id));
  };
  const bool cells_know = std::ranges::any_of(returned_tasks, in_cell);
  unsigned guesses = pool_.size();  // each worker had one at most, and they take the oldest first
  bool somebody_is_charged = false;
  for (const Dispatcher::Returned& returned : returned_tasks) {
    if (returned.claimed && take_published(returned.assignment, WorkerIndex{})) continue;
    const bool suspect = cells_know ? in_cell(returned) : returned.claimed && guesses > 0;
    if (!suspect) {
      queue_again(returned.assignment);
      continue;
    }
    if (!cells_know) --guesses;
    somebody_is_charged = true;
    Assignment charged = returned.assignment;
    charged.needs_all = needs_all(MemoryShortage::none, true);
    after_attempt(std::move(charged), WorkerIndex{},
                  {FailureKind::crash, "was in work when the shared memory was damaged"}, 0);
  }
  // Damage that no file can be charged with would be repaired for ever.
  if (!somebody_is_charged && !stop_) start_again(WorkerIndex{}, DeathBlame::worker);
  SegmentHeader& header = segment_.header();
  announced_outputs_.clear();
  header.stopping.store(0);
  header.claim_hint.store(0);
  pool_.hold_starts(false);
  repairing_ = false;
}

Ledger BatchRun::ledger_now() const {
  Ledger ledger = report_.ledger;
  ledger.inputs =
      std::max(feed_ ? feed_->found() - std::min(feed_->found(), desk_.duplicates()) : 0, ledger.finished());
  return ledger;
}

Progress BatchRun::progress_now() {
  return {.ledger = ledger_now(),
          .scan_finished = feed_->totals().has_value(),
          .elapsed = Clock::now() - began_,
          .files_per_second = pace_.files_per_second(),
          .workers = worker_letters()};
}

/// Large pictures wait for each other.
void BatchRun::serve_memory() {
  grants_.serve(dispatcher_, [this](WorkerIndex worker, std::uint64_t bytes) {
    // A limit that the user has set holds for every picture.
    if (settings_.run.memory_limit.kind != MemoryLimit::Kind::automatic) return;
    memory_.raise_limit(worker, pool_.pid(worker), bytes);
  });
}

/// d decode, c compose, e encode, p publish, m waiting for memory, . waiting, * starting, - no worker
std::string BatchRun::worker_letters() const {
  constexpr std::string_view stage_letters = "dcep";
  std::string letters;
  for (unsigned i = 0; i < std::min(pool_.size(), 64U); ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    const WorkerCell& cell = segment_.cell(worker);
    const auto stage = cell.stage.load(std::memory_order_relaxed);
    if (pool_.pid(worker) < 0) {
      letters += '-';
    } else if (!pool_.is_ready(worker)) {
      letters += '*';
    } else if (grants_.waits(worker)) {
      letters += 'm';
    } else {
      letters += cell.task.load(std::memory_order_relaxed) == 0 || stage >= stage_letters.size()
                     ? '.'
                     : stage_letters[stage];
    }
  }
  return letters;
}

/// Ends the workers: those that start are killed, the others finish nothing and exit.
void BatchRun::shut_down() {
  end_scan();
  pool_.notice_phases();
  pool_.stop_starting();
  log_.shorten_patience();  // reports of crashes wait for the last words of the dead
  segment_.header().stopping.store(1, std::memory_order_seq_cst);
  launcher_.ready().post(pool_.size());
  kill_point(KillPoint::shutdown_told);
  auto deadline =
      Clock::now() + (settings_.debug.tool_worker ? Clock::duration(debugging_patience) : exit_patience);
  while (pool_.alive() > 0 || pool_.draining() > 0) {
    if (Clock::now() >= deadline) {
      if (pool_.alive() == 0) break;  // what the dead left cannot be written down
      pool_.kill_all(KillReason::stop);
      deadline += exit_patience;
    }
    loop_.wait(50ms);
  }
}

/// Workers that crashed before the job could be opened are all that there is to say of it.
void BatchRun::report_boot_crashes() {
  if (!crashes_.has_waiting()) return;
  directory_ = create_job_directories(settings_);
  crashes_.open(*directory_);
  await_helpers();
}

/// Crash reports, then copies of quarantined inputs. A signal ends the wait, and what is in progress: what is
/// not analysed stays raw and keeps its cell, what is not copied is told.
void BatchRun::await_helpers() {
  const unsigned signals = stop_signals_;
  const auto deadline = Clock::now() + (signals > 0 ? stopped_analysis_patience : analysis_patience);
  while (!crashes_.wait_until_idle(50ms) && stop_signals_ == signals && Clock::now() < deadline) {
    loop_.wait(0ms);
  }
  crashes_.finish(0ms);
  while (!quarantine_directory_.is_idle() && stop_signals_ == signals &&
         (signals == 0 || Clock::now() < deadline)) {
    loop_.wait(50ms);
  }
  quarantine_directory_.finish();
}

/// A scan that hangs in a file system is not waited for beyond a limit, or a signal.
void BatchRun::await_scan() {
  const unsigned signals = stop_signals_;
  const auto deadline = Clock::now() + scan_patience;
  while (!feed_->totals() && stop_signals_ == signals && Clock::now() < deadline) loop_.wait(1ms);
}

int BatchRun::conclude() {
  const auto finished_at = Clock::now();
  service_.say_stopping();
  // From here on, deaths need no answer. A worker that is ending may still have something to say.
  if (!stop_) stop_ = Stop{exit_all_done, "", Clock::time_point::max()};
  shut_down();
  if (!opened_) {
    report_boot_crashes();
    complain(stop_->reason);
    return stop_->exit_code;
  }
  kill_point(KillPoint::shutdown_workers_gone);
  await_scan();
  await_helpers();
  journal_.join();
  kill_point(KillPoint::shutdown_journal_joined);
  for (const Admission& admission : journal_.take()) desk_.take_settled(admission);
  report_.ledger = ledger_now();
  const ScanTotals totals = feed_->totals().value_or(ScanTotals{});
  report_.ledger.ignored = totals.ignored;
  report_.unreadable_directories = totals.unreadable_directories;
  report_.links_not_followed = totals.links_not_followed;
  report_.workers = pool_.used();

  int exit_code = stop_->exit_code;
  const bool nothing_to_do = exit_code == exit_all_done && totals.found == 0;
  if (nothing_to_do) {
    stop_->reason = nothing_found_text(totals);
    log_.log(LogLevel::error, stop_->reason);
  }
  const bool all_well =
      report_.ledger.failed + report_.ledger.quarantined + report_.unreadable_directories == 0;
  if (exit_code == exit_all_done && (!all_well || nothing_to_do)) exit_code = exit_some_failed;
  journal_.end_run(report_.ledger, exit_code);
  kill_point(KillPoint::shutdown_run_ended);
  if (const auto error = journal_.error()) {
    if (error->problem != stop_->reason) complain(fmt::format("{}; {}", error->problem, error->advice));
    exit_code = exit_halted;
  }
  if (const auto rebuilt = journal_.journal().rebuilt()) {
    log_.log(LogLevel::info,
             fmt::format("rebuilt the journal: {} outputs count as done, {} temporary files removed",
                         rebuilt->outputs, rebuilt->temporaries));
  }
  const Ledger& ledger = report_.ledger;
  log_.log(LogLevel::info,
           fmt::format("ended with exit code {}: {} inputs = {} + {} pending; {} ignored", exit_code,
                       ledger.inputs, ledger_terms(ledger), ledger.pending(), ledger.ignored));
  display_.finish([this] { return progress_now(); });
  log_.stop();
  kill_point(KillPoint::shutdown_log_stopped);

  const auto since = [](Clock::time_point from, Clock::time_point to) {
    return std::max(0.0, seconds(to - from));
  };
  const auto ready_at = first_ready_.value_or(finished_at);
  const auto handed_out_at = std::max(ready_at, last_handed_out_.value_or(ready_at));
  const auto collected_at = std::max(handed_out_at, last_outcome_.value_or(handed_out_at));
  report_.phases = {.startup = since(began_, ready_at),
                    .dispatch = since(ready_at, handed_out_at),
                    .collect = since(handed_out_at, collected_at),
                    .shutdown = since(collected_at, Clock::now()),
                    .total = since(began_, Clock::now())};
  // A journal that could not be written knows less than the list.
  try {
    if (!journal_.error())
      quarantine_->rewrite([this](const auto& visit) { journal_.journal().for_each_quarantined(visit); });
  } catch (const std::exception& error) {
    complain(fmt::format("{}; the next run writes the list", one_line(error.what())));
  }
  report_.log_written = log_.counts().written;
  report_.log_dropped = log_.counts().dropped;
  bool report_written = true;
  try {
    write_json_report(*directory_, report_,
                      [this](const auto& visit) { journal_.journal().for_each_problem(visit); });
  } catch (const std::exception& error) {
    report_written = false;
    directory_->remove(report_file);  // one of an earlier run would pass for this one's
    complain(fmt::format("{}; the journal has its figures", error.what()));
    if (exit_code == exit_all_done) exit_code = exit_some_failed;
  }
  if (!stop_->reason.empty()) complain(last_words());
  if (!settings_.quiet) {
    print_out(
        fmt::format("{}\nlog: {}\nreport: {}\n", run_summary(report_), shown_path(settings_.log.file),
                    report_written ? shown_path(directory_->path_of(report_file)) : "could not be written"));
  }
  // A scan that hangs in a file system cannot be waited for.
  if (!feed_->totals()) std::_Exit(exit_code);
  return exit_code;
}

}  // namespace wm
