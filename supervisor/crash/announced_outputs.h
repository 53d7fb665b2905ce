#pragma once

// What workers announced in their crash records before they died: outputs that may have been published
// although nobody lived to say so, and what they were at.

#include "common/crash/crash_record.h"
#include "supervisor/dispatch/announced_outputs.h"
#include "supervisor/dispatch/left_evidence.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Adds the outputs of one crash record. A worker that was out of its mind may have written anything there:
/// what makes no sense matches no file.
void add_announced(const CrashRecordHead& head, AnnouncedOutputs& announced);

/// The same for the crash record behind a descriptor, which stays open; nothing when it is none of this
/// version.
void add_announced(int crash_record, AnnouncedOutputs& announced);

/// Of all crash records that a supervisor which died has left in a job's directory. Call it before
/// left_deaths(), which removes crash records.
[[nodiscard]] LeftEvidence evidence_in_left_records(const JobDirectory& job);

}  // namespace wm
