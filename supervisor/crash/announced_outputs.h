#pragma once

// What workers announced in their crash records before they died: outputs that may have been published
// although nobody lived to report it, and the tasks in progress.

#include "common/crash/crash_record.h"
#include "supervisor/dispatch/announced_outputs.h"
#include "supervisor/dispatch/left_evidence.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// Adds the outputs of one crash record. A crashing worker may have written anything there: nonsensical
/// entries match no file.
void add_announced(const CrashRecordHead& head, AnnouncedOutputs& announced);

/// The same for the crash record open at a descriptor, which stays open; adds nothing when it is not a crash
/// record of this version.
void add_announced(int crash_record, AnnouncedOutputs& announced);

/// The evidence in all crash records that a dead supervisor left in a job's directory. Call it before
/// left_deaths(), which removes crash records.
[[nodiscard]] LeftEvidence evidence_in_left_records(const JobDirectory& job);

}  // namespace wm
