#pragma once

// Kill points: named places where a test lets a process die, around every store to shared memory and every
// step of publishing, journal and shutdown. Compiled in only with -DWM_KILL_POINTS=ON (presets dev and
// asan-ubsan); otherwise kill_point() does nothing. docs/failure_model.md has the table.
//
// The environment selects which process dies where:
//   WM_KILL_PLAN=POINT[#N]=kill|stop|abort[,...]
//       at the process' N-th pass (default 1); each entry strikes once
//   WM_KILL_TOGETHER=1
//       a struck process waits until the other entries of its side have struck, too (at most 0.3 s)
//   WM_KILL_ODDS=N:SEED
//       each pass of a worker's point is a death with probability 1/N
//   WM_KILL_DIR=DIR
//       holds a file for each entry that struck ("0", "1", ...) and `deaths` with one line per death:
//       "POINT ACTION PID RECORDS", RECORDS being the number of log records that the process had published

#include <array>
#include <cstdint>
#include <string_view>

namespace wm {

enum class ProcessSide : std::uint8_t { worker, supervisor };

enum class KillPoint : std::uint8_t {
  // worker: life
  boot_attached,
  boot_loaded,
  boot_ready,
  boot_notified,
  wait_begun,
  wait_ended,
  stop_seen,
  // worker: a task through its slot
  claim_found,
  claim_signed,
  claim_hinted,
  position_path,
  position_task,
  stage_entered,
  memory_asked,
  memory_granted,
  position_cleared,
  result_begun,
  result_written,
  result_done,
  result_notified,
  // worker: publishing
  publish_created,
  publish_half_written,
  publish_written,
  publish_closed,
  publish_renamed,
  // worker: log
  log_header,
  log_text,
  log_published,
  log_notified,
  log_dropped,
  log_wait_begun,
  log_wait_ended,
  // supervisor: a task through its slot
  place_payload,
  place_ready,
  place_woken,
  collect_read,
  collect_released,
  withdraw_done,
  grant_stored,
  outcome_logged,
  // supervisor: a worker's death
  death_reaped,
  death_swept,
  traces_looked_at,
  // supervisor: log
  drain_copied,
  drain_freed,
  log_written,
  // supervisor: journal
  owner_claimed,
  owner_created,
  job_locked,
  run_recovered,
  probe_made,
  run_begun,
  admit_stored,
  outcome_recorded,
  journal_committing,
  journal_committed,
  outputs_syncing,
  outputs_synced,
  // supervisor: the end
  shutdown_notified,
  shutdown_workers_gone,
  shutdown_journal_joined,
  shutdown_run_ended,
  shutdown_log_stopped,
  report_written,
  report_renamed,
};

struct KillPointInfo {
  KillPoint point;
  ProcessSide side;
  std::string_view name;
  std::string_view place;  // what has just happened there
};

inline constexpr std::array kill_points{
    KillPointInfo{KillPoint::boot_attached, ProcessSide::worker, "boot.attached", "the segment is mapped"},
    KillPointInfo{KillPoint::boot_loaded, ProcessSide::worker, "boot.loaded",
                  "libvips and the marks are ready"},
    KillPointInfo{KillPoint::boot_ready, ProcessSide::worker, "boot.ready", "the status's phase says ready"},
    KillPointInfo{KillPoint::boot_notified, ProcessSide::worker, "boot.notified",
                  "the supervisor was woken for it"},
    KillPointInfo{KillPoint::wait_begun, ProcessSide::worker, "wait.begun", "the status says waiting"},
    KillPointInfo{KillPoint::wait_ended, ProcessSide::worker, "wait.ended",
                  "the wake-up was taken, the status says not waiting"},
    KillPointInfo{KillPoint::stop_seen, ProcessSide::worker, "stop.seen", "told to stop or to retire"},
    KillPointInfo{KillPoint::claim_found, ProcessSide::worker, "claim.found", "a READY slot was seen"},
    KillPointInfo{KillPoint::claim_signed, ProcessSide::worker, "claim.signed", "the slot is CLAIMED"},
    KillPointInfo{KillPoint::claim_hinted, ProcessSide::worker, "claim.hinted",
                  "the hint for the next search is stored"},
    KillPointInfo{KillPoint::position_path, ProcessSide::worker, "position.path",
                  "the status has the path, not yet the task"},
    KillPointInfo{KillPoint::position_task, ProcessSide::worker, "position.task", "the status has the task"},
    KillPointInfo{KillPoint::stage_entered, ProcessSide::worker, "stage.entered",
                  "the status has the stage (passed four times a task)"},
    KillPointInfo{KillPoint::memory_asked, ProcessSide::worker, "memory.asked",
                  "the status has a request for memory, the supervisor was not woken for it"},
    KillPointInfo{KillPoint::memory_granted, ProcessSide::worker, "memory.granted", "the memory was granted"},
    KillPointInfo{KillPoint::position_cleared, ProcessSide::worker, "position.cleared",
                  "the status has no task any more, the result is not written"},
    KillPointInfo{KillPoint::result_begun, ProcessSide::worker, "result.begun",
                  "a part of the result is in the slot"},
    KillPointInfo{KillPoint::result_written, ProcessSide::worker, "result.written",
                  "the result is in the slot, which is still CLAIMED"},
    KillPointInfo{KillPoint::result_done, ProcessSide::worker, "result.done", "the slot is DONE"},
    KillPointInfo{KillPoint::result_notified, ProcessSide::worker, "result.notified",
                  "the supervisor was woken if it waited"},
    KillPointInfo{KillPoint::publish_created, ProcessSide::worker, "publish.created",
                  "the temporary file exists, empty"},
    KillPointInfo{KillPoint::publish_half_written, ProcessSide::worker, "publish.half_written",
                  "the temporary file has half of the picture, or of one of its pieces"},
    KillPointInfo{KillPoint::publish_written, ProcessSide::worker, "publish.written",
                  "the temporary file is whole"},
    KillPointInfo{KillPoint::publish_closed, ProcessSide::worker, "publish.closed",
                  "the temporary file is closed"},
    KillPointInfo{KillPoint::publish_renamed, ProcessSide::worker, "publish.renamed",
                  "the output has its name, nobody knows"},
    KillPointInfo{KillPoint::log_header, ProcessSide::worker, "log.header",
                  "a record's header is in the ring"},
    KillPointInfo{KillPoint::log_text, ProcessSide::worker, "log.text",
                  "a record is in the ring, the tail not moved"},
    KillPointInfo{KillPoint::log_published, ProcessSide::worker, "log.published", "the tail is moved"},
    KillPointInfo{KillPoint::log_notified, ProcessSide::worker, "log.notified",
                  "the collector was woken if it waited"},
    KillPointInfo{KillPoint::log_dropped, ProcessSide::worker, "log.dropped",
                  "a DEBUG record was dropped and counted"},
    KillPointInfo{KillPoint::log_wait_begun, ProcessSide::worker, "log.wait_begun",
                  "the ring's producer says that it waits for room"},
    KillPointInfo{KillPoint::log_wait_ended, ProcessSide::worker, "log.wait_ended",
                  "it says that it waits no more"},
    KillPointInfo{KillPoint::place_payload, ProcessSide::supervisor, "place.payload",
                  "the task is in a FREE slot"},
    KillPointInfo{KillPoint::place_ready, ProcessSide::supervisor, "place.ready", "the slot is READY"},
    KillPointInfo{KillPoint::place_woken, ProcessSide::supervisor, "place.woken", "workers were woken"},
    KillPointInfo{KillPoint::collect_read, ProcessSide::supervisor, "collect.read",
                  "a result was read, the slot is still DONE"},
    KillPointInfo{KillPoint::collect_released, ProcessSide::supervisor, "collect.released",
                  "its slot is FREE"},
    KillPointInfo{KillPoint::withdraw_done, ProcessSide::supervisor, "withdraw.done",
                  "a READY slot was taken back for a stop"},
    KillPointInfo{KillPoint::grant_stored, ProcessSide::supervisor, "grant.stored",
                  "the status says that memory is granted, its worker was not woken"},
    KillPointInfo{KillPoint::outcome_logged, ProcessSide::supervisor, "outcome.logged",
                  "an outcome is counted and logged, the journal does not know"},
    KillPointInfo{KillPoint::death_reaped, ProcessSide::supervisor, "death.reaped",
                  "a dead worker was reaped"},
    KillPointInfo{KillPoint::death_swept, ProcessSide::supervisor, "death.swept",
                  "its slots were taken back"},
    KillPointInfo{KillPoint::traces_looked_at, ProcessSide::supervisor, "traces.looked_at",
                  "its temporary file is removed"},
    KillPointInfo{KillPoint::drain_copied, ProcessSide::supervisor, "drain.copied",
                  "a log record was copied from a ring"},
    KillPointInfo{KillPoint::drain_freed, ProcessSide::supervisor, "drain.freed", "the ring's head is moved"},
    KillPointInfo{KillPoint::log_written, ProcessSide::supervisor, "log.written",
                  "lines were written to the log file"},
    KillPointInfo{KillPoint::owner_claimed, ProcessSide::supervisor, "owner.claimed",
                  "a dead owner's file is about to be replaced"},
    KillPointInfo{KillPoint::owner_created, ProcessSide::supervisor, "owner.created",
                  "the owner's file is there"},
    KillPointInfo{KillPoint::job_locked, ProcessSide::supervisor, "job.locked",
                  "the job's directories exist and are locked"},
    KillPointInfo{KillPoint::run_recovered, ProcessSide::supervisor, "run.recovered",
                  "what a dead run left is settled, not committed"},
    KillPointInfo{KillPoint::probe_made, ProcessSide::supervisor, "run.probe_made",
                  "the file that shows how the output directory takes names is there"},
    KillPointInfo{KillPoint::run_begun, ProcessSide::supervisor, "run.begun", "the run is in the journal"},
    KillPointInfo{KillPoint::admit_stored, ProcessSide::supervisor, "admit.stored",
                  "a start is stored, not committed"},
    KillPointInfo{KillPoint::outcome_recorded, ProcessSide::supervisor, "outcome.recorded",
                  "an outcome is stored, not committed"},
    KillPointInfo{KillPoint::journal_committing, ProcessSide::supervisor, "journal.committing",
                  "a group is about to be committed"},
    KillPointInfo{KillPoint::journal_committed, ProcessSide::supervisor, "journal.committed",
                  "a group is committed"},
    KillPointInfo{KillPoint::outputs_syncing, ProcessSide::supervisor, "outputs.syncing",
                  "outputs are about to be synced"},
    KillPointInfo{KillPoint::outputs_synced, ProcessSide::supervisor, "outputs.synced",
                  "outputs are synced, outcomes not committed"},
    KillPointInfo{KillPoint::shutdown_notified, ProcessSide::supervisor, "shutdown.notified",
                  "workers are told to exit"},
    KillPointInfo{KillPoint::shutdown_workers_gone, ProcessSide::supervisor, "shutdown.workers_gone",
                  "all workers are reaped"},
    KillPointInfo{KillPoint::shutdown_journal_joined, ProcessSide::supervisor, "shutdown.journal_joined",
                  "all outcomes are committed"},
    KillPointInfo{KillPoint::shutdown_run_ended, ProcessSide::supervisor, "shutdown.run_ended",
                  "the run's end is committed"},
    KillPointInfo{KillPoint::shutdown_log_stopped, ProcessSide::supervisor, "shutdown.log_stopped",
                  "the log is written"},
    KillPointInfo{KillPoint::report_written, ProcessSide::supervisor, "report.written",
                  "report.json.tmp is whole"},
    KillPointInfo{KillPoint::report_renamed, ProcessSide::supervisor, "report.renamed",
                  "report.json is there"},
};

#ifdef WM_KILL_POINTS

inline constexpr bool with_kill_points = true;
/// Reads the environment; until then, nothing strikes. Throws std::invalid_argument for an invalid plan.
void arm_kill_points(ProcessSide side);
/// Dies here if the plan demands it. Any thread.
void kill_point(KillPoint point) noexcept;
/// For `deaths`: the number of records of this process in its ring.
void note_published_records(std::uint64_t records) noexcept;

#else

inline constexpr bool with_kill_points = false;
inline void arm_kill_points(ProcessSide) {}
inline void kill_point(KillPoint) noexcept {}
inline void note_published_records(std::uint64_t) noexcept {}

#endif

}  // namespace wm
