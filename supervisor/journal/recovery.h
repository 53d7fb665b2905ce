#pragma once

// Settles the tasks that runs that died had handed out. The thread that uses the journal.

#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/dispatch/left_evidence.h"
#include "supervisor/journal/output_tree.h"
#include "supervisor/journal/sqlite.h"
#include "supervisor/ownership/machine_start.h"

namespace wm {

/// What the last run left behind when it died.
struct Recovery {
  struct Output {
    std::int64_t row = 0;
    std::string path;
  };
  std::vector<Output> published;                        // that were not recorded: their files are done
  std::vector<UnrecordedOutputs::Output> out_of_reach;  // may be published, but cannot be looked at
  std::uint64_t interrupted = 0;                        // handed out and not finished: they are tried again
  std::uint64_t temporaries = 0;                        // temporary files removed
};

/// A row that is still `started` belongs to a supervisor that died. Its worker may have published the output
/// before; then it must not be made again. After a reboot, what is on the disk proves nothing, since data may
/// not have reached it; but a file that appeared between the attempt and the reboot counts as the job's and
/// is replaced. Throws sqlite::Error.
[[nodiscard]] Recovery recover_started(sqlite::Database& database, const OutputTree& outputs,
                                       const LeftEvidence& evidence, const MachineStart& machine);

/// The outputs that were found may not be on the disk: their files are made again. Throws sqlite::Error.
void make_again(sqlite::Database& database, const std::vector<Recovery::Output>& published);

}  // namespace wm
