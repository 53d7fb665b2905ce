#pragma once

// Moves the journal of a job between its directory and a scratch directory, at the beginning of a run. The
// job is locked. Main thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/cli/job_settings.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/scratch/scratch_directory.h"
#include "supervisor/scratch/scratch_note.h"

namespace wm {

inline constexpr const char* scratch_log_file = "wm-supervisor.log";
inline constexpr ::mode_t mode_in_job = 0644;  // of what is copied to the job directory; less the umask

/// What became of the journal that a run had on another disk when it died.
struct LeftScratch {
  enum class Fate : std::uint8_t {
    none,       // no such run
    taken,      // it is in the job directory now, whole
    elsewhere,  // it is, or was, on another machine
    gone,       // it was removed, or belongs to another run
    in_use,     // another process holds its directory
    damaged,    // its directory was renamed
  };
  Fate fate = Fate::none;
  std::string words;  // for the log
};

/// Copies a journal that a dead run left on this machine into the job directory, if it certainly descends
/// from the one that is there: the note in the job directory names it, both name the same run, and the
/// machine has not been restarted. What copies by other runs left unfinished is removed. `run`: the one that
/// begins. The note is gone afterwards, and so is the directory, unless its journal
/// is damaged. `held`: the directory that this run has locked for itself, or null; if it is the one of the
/// note, it is emptied only. Throws UsageError, JobHeld, std::system_error when something else is wrong, such
/// as the job directory; then the note and the journal are as before.
[[nodiscard]] LeftScratch take_left_scratch(const JobDirectory& job, RunToken run,
                                            const ScratchDirectory* held = nullptr);

/// The scratch directory from which take_left_scratch() would take the journal, unless it is damaged. For a
/// rehearsal: changes and locks nothing. Throws UsageError, std::system_error.
[[nodiscard]] std::optional<JobDirectory> left_scratch(const JobDirectory& job);

/// Empties the scratch directory, copies the journal into it and notes that in the job directory. Throws
/// UsageError, sqlite::Error, std::system_error.
void begin_scratch(const JobDirectory& job, const ScratchDirectory& scratch, RunToken run,
                   Durability durability);

/// Appends to the job's log what the log in the scratch directory has gained since the last call, up to the
/// last whole line; each line once, also if a call was cut short by a kill. Throws UsageError,
/// std::system_error.
void copy_log(const JobDirectory& scratch, const JobDirectory& job);

}  // namespace wm
