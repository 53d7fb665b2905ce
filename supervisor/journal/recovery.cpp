#include "supervisor/journal/recovery.h"

#include <optional>
#include <vector>

#include "supervisor/journal/machine_start.h"

namespace wm {

Recovery recover_started(sqlite::Database& database, const OutputTree& outputs,
                         const AnnouncedOutputs& announced, const std::string& boot_id) {
  Recovery recovery;
  sqlite::Statement started(database,
                            "SELECT f.id, f.output, f.started_ns, r.token, r.boot_id "
                            "FROM file f JOIN run r ON r.id = f.run "
                            "WHERE f.state = 'started'");
  sqlite::Statement published(database,
                              "UPDATE file SET output_bytes = ?1, output_inode = ?2, output_mtime_ns = ?3, "
                              "output_run = run WHERE id = ?4");
  sqlite::Statement done(database,
                         "UPDATE file SET state = ?2, done_run = run, interrupted = 0 WHERE id = ?1");
  // While a run finishes other files before it dies, nothing is held against those it had in hand; they are
  // tried last (interrupted = 1). A run that died without finishing any counts against all of them.
  sqlite::Statement interrupted(database,
                                "UPDATE file SET state = 'pending', attempts = max(attempts - 1, 0), "
                                "interrupted = CASE WHEN ?2 THEN "
                                "max(interrupted, 1) ELSE interrupted + 1 END WHERE id = ?1");
  struct Found {
    std::int64_t id;
    std::optional<OutputIdentity> output;
    const char* done;  // its state; null: it is not
  };
  std::vector<Found> found;
  while (started.step()) {
    const std::string output = started.bytes(1);
    const AttemptTraces traces = outputs.traces_of({.run = static_cast<RunToken>(started.integer(3)),
                                                    .task = static_cast<TaskId>(started.integer(0)),
                                                    .output = output},
                                                   announced);
    if (traces.temporary_removed) ++recovery.temporaries;
    const bool same_boot = started.bytes(4) == boot_id;
    Found& row = found.emplace_back(Found{.id = started.integer(0), .output = {}, .done = nullptr});
    if (traces.published) {
      row.output = identity_of(*traces.published);
      if (same_boot) {
        row.done = traces.published->result == Result::marked ? "marked" : "unmarked";
      }
    } else if (!same_boot) {
      row.output = outputs.made_between(output, started.integer(2), machine_start_ns());
    }
  }
  started.reset();
  if (found.empty()) return recovery;
  for (const Found& row : found) {
    if (row.output) {
      published.bind(1, row.output->size)
          .bind(2, static_cast<std::int64_t>(row.output->inode))
          .bind(3, row.output->mtime_ns)
          .bind(4, row.id)
          .execute();
    }
    if (row.done == nullptr) continue;
    done.bind(1, row.id).bind_text(2, row.done).execute();
    ++recovery.published;
  }
  const std::int64_t made_progress = database.integer(
      "SELECT EXISTS (SELECT 1 FROM file WHERE done_run = (SELECT max(id) FROM run) "
      "AND (state = 'marked' OR worker IS NOT NULL))");
  for (const Found& row : found) {
    if (row.done != nullptr) continue;
    interrupted.bind(1, row.id).bind(2, made_progress).execute();
    ++recovery.interrupted;
  }
  return recovery;
}

}  // namespace wm
