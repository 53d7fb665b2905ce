#include "supervisor/run/batch_run.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/uncaught_exception.h"
#include "supervisor/event/ticker.h"
#include "supervisor/pool/cpu_budget.h"
#include "supervisor/pool/worker_program.h"
#include "supervisor/run/crash_notices.h"
#include "supervisor/run/job_files.h"
#include "supervisor/run/run_setup.h"
#include "supervisor/run/stop_answer.h"
#include "supervisor/text/console.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

using namespace std::chrono_literals;
using Clock = RunState::Clock;

constexpr auto tick = 100ms;
constexpr auto scan_head_start = 2ms;  // starting workers need the processors that a short scan uses
constexpr auto brief_scan_limit = 2s;
constexpr auto idle_wait = 500ms;  // wake-ups are hints: a lost one costs this much

}  // namespace

BatchRun::BatchRun(JobSettings settings, std::vector<std::string> command)
    : settings_(std::move(settings)),
      command_(std::move(command)),
      run_token_(random_token()),
      state_(Clock::now()),
      report_{.command = command_,
              .started = std::chrono::system_clock::now(),
              .damaged_pictures = settings_.damaged},
      segment_(MappedSegment::create(segment_shape(settings_.run))),
      memory_division_(memory_division(settings_.run, segment_.shape().workers)),
      launcher_(find_worker_program(settings_.worker_program), segment_,
                describe_job(settings_, run_token_, memory_division_.worker)),
      owned_(settings_, segment_),
      log_(segment_, settings_.log, {launcher_.log(), launcher_.space()}),
      feed_({.input = settings_.input,
             .output_directory = settings_.output,
             .job_directory = settings_.shared_job_directory(),
             .quarantine_directory = settings_.quarantine_directory,
             .format = settings_.recipe.encoding.format},
            journal_, log_),
      quarantine_directory_(settings_.quarantine_directory, run_token_,
                            [this](const std::string& problem, TaskId task) {
                              log_.log(LogLevel::warning, std::nullopt, problem, number(task));
                            }),
      dispatcher_(segment_.tasks(), segment_.shape().workers),
      crash_records_(segment_.shape().workers, run_token_, settings_.job_directory),
      debugging_(prepare_debugging(settings_.debug, launcher_, crash_records_)),
      pool_(
          loop_, launcher_, segment_, crash_records_, log_,
          {.width = usable_cpus(), .patience = boot_limit(settings_)},
          [this](WorkerIndex worker, pid_t pid) { memory_.adopt(worker, pid); },
          [this](const WorkerDeath& death) { deaths_.on_death(death); }),
      crashes_({.command = command_,
                .keep_crash_data = settings_.keep_crash_data,
                .redact_paths = settings_.redact_paths},
               AnalyzerProcess(),
               crash_notices(log_, journal_, crash_records_, crashes_, settings_.redact_paths)),
      records_(segment_.shape().workers),
      memory_(settings_, memory_division_, segment_, launcher_),
      restarts_(pool_, state_, settings_.restart_pause),
      limits_(settings_.run.timeout,
              {segment_, launcher_, crash_records_, pool_, records_, dispatcher_, memory_}),
      recorder_(log_, journal_, report_, settings_.run.retries, settings_.output),
      supply_(settings_.run.retries,
              {state_, segment_, launcher_, pool_, feed_, journal_, dispatcher_, recorder_}),
      outcomes_(settings_, run_token_,
                {state_, log_, segment_, crash_records_, pool_, records_, restarts_, dispatcher_, memory_,
                 limits_, recorder_, supply_}),
      repair_({state_, log_, segment_, pool_, restarts_, dispatcher_, outcomes_}),
      unkillable_({state_, log_, segment_, crash_records_, pool_, memory_, dispatcher_, repair_}),
      deaths_(settings_, {state_, log_, segment_, launcher_, crash_records_, pool_, records_, restarts_,
                          dispatcher_, memory_, outcomes_, recorder_, repair_, unkillable_, crashes_}),
      suspension_(loop_, dispatcher_, log_, tick),
      progress_(settings_, {state_, segment_, feed_, pool_, memory_, recorder_}),
      metrics_(settings_, log_, report_),
      status_(settings_, {state_, log_, segment_, feed_, pool_, crash_records_, memory_, dispatcher_,
                          recorder_, progress_, report_, metrics_}),
      sampling_({state_, journal_, pool_, progress_, status_, report_}),
      stops_(settings_,
             {state_, log_, feed_, pool_, debugging_, dispatcher_, supply_, progress_, status_, suspension_}),
      neighbours_(settings_.output, settings_.whole_job_directory, log_),
      scratch_(settings_, log_),
      job_(settings_, {owned_, state_, log_, journal_, feed_, pool_, memory_, crash_records_, crashes_,
                       recorder_, outcomes_, neighbours_, quarantine_directory_, scratch_}),
      shutdown_(exit_limit(settings_), {state_, loop_, log_, segment_, launcher_, pool_, feed_, journal_,
                                        crashes_, quarantine_directory_}),
      conclusion_(settings_, {state_, log_, journal_, feed_, job_, recorder_, progress_, status_, sampling_,
                              report_, scratch_}),
      watchdog_(owner_times(), owned_.touches(), [this] {
        // A run that has lost its job touches nothing either.
        const std::string lost = owned_.why_lost();
        shutdown_.abandon_at_once(lost.empty() ? silent_server_words(settings_.job_directory, owner_times())
                                               : lost);
      }) {
  check_job_directories(settings_);
}

int BatchRun::run() {
  feed_.start();
  pool_.set_target(1);
  const Ticker ticker(tick);
  loop_.watch(ticker.fd(), [&] {
    ticker.take();
    on_tick();
  });
  watch_descriptors();
  loop_.wait(scan_head_start);
  try {
    while (!finished()) turn();
    return conclude();
  } catch (const OwnershipLost& lost) {
    state_.conclude();
    shutdown_.abandon(lost.what());
  } catch (const std::exception&) {
    if (state_.job_is_open()) crash_records_.keep_for_next_run();  // the journal may not be complete
    feed_.end();
    if (feed_.wait(brief_scan_limit)) throw;
    pool_.kill_all_and_halt();
    leave_scan_behind(complain_of_exception());
  }
}

void BatchRun::watch_descriptors() {
  loop_.on_wake([this](const EventLoop::Turn& turn) { suspension_.notice(turn); });
  loop_.watch(signals_.fd(), [this] {
    while (const auto signal = signals_.take()) stops_.on_signal(*signal);
  });
  loop_.watch(launcher_.done().fd(), [this] { launcher_.done().take(); });
  loop_.watch(journal_.fd(), [this] { journal_.acknowledge(); });
  loop_.watch(log_.retired_fd(), [this] {
    journal_.hand_over();  // how the attempts ended, before the reports on them
    deaths_.on_drained();
  });
  loop_.watch(owned_.lost_fd(), [this] { owned_.acknowledge_loss(); });
}

void BatchRun::turn() {
  owned_.require_not_lost();
  stops_.carry_out();
  pool_.notice_phases();
  open_job_when_due();
  suspension_.notice_before_results();
  outcomes_.collect();
  repair_.advance();
  memory_.serve(dispatcher_, pool_);
  if (state_.job_is_open()) take_admissions();
  if (state_.job_is_open() && !state_.stopping() && !repair_.needed() && !log_.congested()) supply_.refill();
  if (!state_.stopping() && !repair_.needed()) adjust_pool();
  unkillable_.stop_if_alone(state_.job_is_open() && all_came_back() && supply_.exhausted());
  stops_.carry_out();
  journal_.hand_over();
  if (!finished()) wait_for_news();
}

bool BatchRun::all_came_back() const {
  return dispatcher_.held() == 0 && !outcomes_.has_contested();
}

bool BatchRun::finished() const {
  if (!state_.job_is_open()) {
    // Workers that are ready, while the job's lock or its list is waited for, exit when the run concludes.
    return state_.stopping() && (state_.worker_was_ready() || (pool_.alive() == 0 && pool_.draining() == 0));
  }
  return all_came_back() && (state_.stopping() || (supply_.exhausted() && !unkillable_.have_tasks()));
}

void BatchRun::open_job() {
  job_.open(run_token_, command_, describe_job(settings_, run_token_, memory_division_.worker));
  metrics_.open(job_.run_times(), job_.directory());
  status_.open(job_.directory());
}

/// A list on standard input may come from `wm-supervisor report`, which reads this job's journal first.
bool BatchRun::may_open_job() const {
  return std::ranges::none_of(settings_.input.lists, [](const FileList& list) { return list.path == "-"; }) ||
         feed_.found() > 0 || feed_.totals();
}

/// A job that exists is taken at once, so that nobody waits for a worker to learn that it is held. Until a
/// worker has accepted the recipe, nothing of the job changes.
void BatchRun::open_job_when_due() {
  const bool becomes_ready = !state_.worker_was_ready() && pool_.first_ready();
  if (becomes_ready) state_.worker_is_ready(*pool_.first_ready());
  const bool is_due = !state_.job_is_open() && !state_.stopping() && may_open_job();
  const bool may_take = is_due && (state_.worker_was_ready() || owned_.directory());
  if (may_take && owned_.take(run_token_, Clock::now()) && state_.worker_was_ready()) open_job();
  if (becomes_ready) service_.say_ready();
}

void BatchRun::take_admissions() {
  supply_.take_admissions();
  const auto error = journal_.error();
  if (!error || state_.stopping()) return;
  state_.request_stop({.exit_code = exit_halted, .reason = error->problem, .advice = error->advice},
                      Clock::now());
}

/// Never more workers that can work than files: those known to need one or, before a new job is open, those
/// that the scan has found. Of one that exists and is taken, all may be up to date.
void BatchRun::adjust_pool() {
  const std::uint64_t found = owned_.is_taken() ? 0 : feed_.found();
  const std::uint64_t known = state_.job_is_open() ? supply_.admitted() : found;
  pool_.set_target(
      static_cast<unsigned>(std::clamp<std::uint64_t>(known + pool_.unkillable(), 1, pool_.size())));
  restarts_.start_due(Clock::now(), log_);
}

/// Sleeps until something happens that the loop must handle. Results may accumulate, since waking up for each
/// one costs the workers time: see Dispatcher::results_to_gather(). A tick, a death or a failure ends the
/// sleep.
void BatchRun::wait_for_news() {
  auto& waiting = segment_.header().dispatcher_waiting;
  unsigned results = dispatcher_.results_to_gather();
  // A worker should not do many more tasks than allowed before it is asked to retire.
  if (settings_.run.recycle > 0) results = std::min(results, std::max(1U, settings_.run.recycle / 16));
  // Each result may free memory that another worker waits for.
  if (memory_.somebody_waits()) results = 1;
  waiting.store(results, std::memory_order_seq_cst);
  // A worker finishes a slot and then reads `waiting`; we set it and then read the slots.
  suspension_.notice_before_results();
  const bool news = outcomes_.collect();
  loop_.wait(news || state_.stop_is_requested() ? 0ms : idle_wait);
  waiting.store(0, std::memory_order_relaxed);
}

void BatchRun::on_tick() {
  const auto now = Clock::now();
  limits_.tick(now);
  unkillable_.tick(now);
  // Until the shared memory is repaired, dead workers may have published what nobody has recorded.
  if (!repair_.needed()) crash_records_.remove_proved(journal_.recorded(), journal_.committed());
  if (settings_.debug.wait_on_crash) announce_parked_workers(pool_, crash_records_, records_, log_);
  if (state_.grace_is_over(now)) pool_.kill_all(KillReason::stop);
  progress_.tick(now);
  status_.tick(now);
  sampling_.tick(now);
  neighbours_.tick(now);
  scratch_.tick(state_.stopping());
  service_.tick(std::chrono::steady_clock::now(), [this] { return progress_.line(); });
}

/// A scan that hangs in a file system cannot be waited for, and nothing that it uses may be destroyed. A job
/// that is open is left as if this process had been killed.
void BatchRun::leave_scan_behind(int exit_code) {
  if (!state_.job_is_open()) {
    log_.stop(0ms);
    crash_records_.close();
    owned_.leave();
  }
  std::_Exit(exit_code);
}

/// Outputs that do not reach the disk cannot be recorded, and the thread that waits for them not be ended.
/// The job is left as if this process had been killed.
void BatchRun::leave_journal_behind() {
  const std::string words =
      "the last outputs do not reach the disk, so they are not recorded; the next run finds out what is done";
  log_.log(LogLevel::error, words);
  complain(state_.stop() ? fmt::format("{}; {}", state_.stop()->reason, words) : words);
  std::_Exit(state_.stop() ? state_.stop()->exit_code : exit_halted);
}

int BatchRun::conclude() {
  const auto finished = Clock::now();
  service_.say_stopping();
  stops_.carry_out();
  state_.conclude();
  shutdown_.end_workers();
  unkillable_.leave_behind();
  if (!state_.job_is_open()) {
    if (!owned_.directory() || owned_.is_taken()) {  // else its metrics may be those of a run that holds it
      metrics_.open(job_.recorded_run_times().value_or(
                        RunTimes{.first_start_s = std::chrono::system_clock::to_time_t(report_.started)}),
                    owned_.directory());
      status_.finish(state_.stop()->exit_code, state_.stop()->reason);
    }
    // They are all there is to report about the job.
    if (crashes_.has_waiting() && owned_.take_for_reports(run_token_)) {
      job_.open_for_reports();
      shutdown_.await_reports();
    }
    complain(state_.stop()->reason, priority_of_stop(state_.stop()->exit_code));
    if (!feed_.wait(brief_scan_limit)) leave_scan_behind(state_.stop()->exit_code);
    return state_.stop()->exit_code;
  }
  kill_point(KillPoint::shutdown_workers_gone);
  shutdown_.await_scan();
  shutdown_.await_reports();
  if (!shutdown_.await_journal()) leave_journal_behind();
  report_.workers = pool_.used();
  const int exit_code = conclusion_.close_books(finished);
  journal_.close_journal();
  shutdown_.note_closed(exit_code);
  if (journal_.error()) crash_records_.keep_for_next_run();
  crash_records_.close();
  owned_.release();
  // A scan that hangs in a file system cannot be waited for.
  if (!feed_.totals()) std::_Exit(exit_code);
  return exit_code;
}

}  // namespace wm
