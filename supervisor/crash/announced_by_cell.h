#pragma once

// What workers announced in their cells before they died: outputs that may have been published although
// nobody lived to say so, and what they were at.

#include "common/crash/crash_cell.h"
#include "supervisor/dispatch/announced_outputs.h"
#include "supervisor/dispatch/left_evidence.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Adds the outputs of one cell. A worker that was out of its mind may have written anything there: what
/// makes no sense matches no file.
void add_announced(const CrashCellHead& head, AnnouncedOutputs& announced);

/// The same for the cell behind a descriptor, which stays open; nothing when it is none of this version.
void add_announced(int cell, AnnouncedOutputs& announced);

/// Of all cells that a supervisor which died has left in a job's directory. Call it before left_deaths(),
/// which removes cells.
[[nodiscard]] LeftEvidence evidence_in_left_cells(const JobDirectory& job);

}  // namespace wm
