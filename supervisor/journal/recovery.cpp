#include "supervisor/journal/recovery.h"

#include <optional>
#include <string>
#include <vector>

namespace wm {
namespace {

/// What is known about a task that was handed out.
struct Found {
  std::int64_t id = 0;
  std::string path;                      // of its output
  std::optional<OutputIdentity> output;  // what was published for it, or may have been
  bool is_announced = false;             // it was published
  const char* done = nullptr;            // its final state; null: it is not done
  bool may_have_begun = true;            // a worker may have begun it
};

Found look_at(const sqlite::Statement& row, const AttemptTraces& traces, const OutputTree& outputs,
              const LeftEvidence& evidence, const MachineStart& machine) {
  Found found{.id = row.integer(0), .path = std::string(row.bytes(1))};
  const bool same_boot = row.bytes(4) == machine.boot_id;
  if (traces.published) {
    found.output = identity_of(*traces.published);
    found.is_announced = true;
    if (same_boot) found.done = traces.published->result == Result::marked ? "marked" : "unmarked";
  } else if (!same_boot) {
    found.output = outputs.made_between(row.bytes(1), row.integer(2), machine.ns);
  } else {
    found.may_have_begun = evidence.in_progress.may_have_begun(static_cast<RunToken>(row.integer(3)),
                                                               static_cast<TaskId>(found.id));
  }
  return found;
}

std::vector<Found> find_started(sqlite::Database& database, const OutputTree& outputs,
                                const LeftEvidence& evidence, const MachineStart& machine,
                                Recovery& recovery) {
  sqlite::Statement started(database,
                            "SELECT f.id, f.output, f.started_ns, r.token, r.boot_id "
                            "FROM file f JOIN run r ON r.id = f.run "
                            "WHERE f.state = 'started'");
  std::vector<Found> found;
  while (started.step()) {
    const AttemptTraces traces = outputs.traces_of({.run = static_cast<RunToken>(started.integer(3)),
                                                    .task = static_cast<TaskId>(started.integer(0)),
                                                    .output = started.bytes(1)},
                                                   evidence.announced);
    if (traces.temporary_removed) ++recovery.temporaries;
    if (traces.out_of_reach) {
      for (const OutputIdentity& output : evidence.announced.of(static_cast<RunToken>(started.integer(3)),
                                                                static_cast<TaskId>(started.integer(0))))
        recovery.out_of_reach.push_back({.path = std::string(started.bytes(1)), .identity = output});
    }
    found.push_back(look_at(started, traces, outputs, evidence, machine));
  }
  return found;
}

}  // namespace

Recovery recover_started(sqlite::Database& database, const OutputTree& outputs, const LeftEvidence& evidence,
                         const MachineStart& machine) {
  Recovery recovery;
  const std::vector<Found> found = find_started(database, outputs, evidence, machine, recovery);
  if (found.empty()) return recovery;
  // Without output_run, the output is only possibly the job's: see may_be_published().
  sqlite::Statement published(
      database,
      "UPDATE file SET output_bytes = ?1, output_inode = ?2, output_mtime_ns = ?3, "
      "output_run = CASE WHEN ?5 THEN run WHEN output_bytes = ?1 AND output_inode = ?2 "
      "AND output_mtime_ns = ?3 THEN output_run END WHERE id = ?4");
  sqlite::Statement done(database,
                         "UPDATE file SET state = ?2, done_run = run, interrupted = 0 WHERE id = ?1");
  // If a run finished other files before it died, the files in progress are not blamed; they are tried last
  // (interrupted = 1). A run that died without finishing any file counts against those that a worker may have
  // begun.
  sqlite::Statement interrupted(database,
                                "UPDATE file SET state = 'pending', attempts = max(attempts - 1, 0), "
                                "interrupted = CASE WHEN ?2 THEN interrupted + 1 "
                                "ELSE max(interrupted, 1) END WHERE id = ?1");
  for (const Found& row : found) {
    if (row.output) {
      published.bind(1, row.output->size)
          .bind(2, static_cast<std::int64_t>(row.output->inode))
          .bind(3, row.output->mtime_ns)
          .bind(4, row.id)
          .bind(5, row.is_announced)
          .execute();
    }
    if (row.done == nullptr) continue;
    done.bind(1, row.id).bind_text(2, row.done).execute();
    recovery.published.push_back({.row = row.id, .path = row.path});
  }
  const bool made_progress =
      database.integer(
          "SELECT EXISTS (SELECT 1 FROM file WHERE done_run = (SELECT max(id) FROM run) "
          "AND (state = 'marked' OR worker IS NOT NULL))") != 0;
  for (const Found& row : found) {
    if (row.done != nullptr) continue;
    interrupted.bind(1, row.id).bind(2, !made_progress && row.may_have_begun).execute();
    ++recovery.interrupted;
  }
  return recovery;
}

void make_again(sqlite::Database& database, const std::vector<Recovery::Output>& published) {
  sqlite::Statement pending(database,
                            "UPDATE file SET state = 'pending', attempts = max(attempts - 1, 0), "
                            "done_run = NULL WHERE id = ?1");
  for (const Recovery::Output& output : published) pending.bind(1, output.row).execute();
}

}  // namespace wm
