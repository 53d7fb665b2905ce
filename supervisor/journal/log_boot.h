#pragma once

// JOB_DIR/job.db-boot: which boot of which machine wrote the write-ahead log. What a machine wrote before a
// power failure may have gaps, and so may what another machine wrote that fails: the one that reads it cannot
// tell when that was. One line, the kernel's boot id. Any thread.

#include <optional>
#include <string>

#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// None when it is not recorded, as in jobs of earlier versions. What is no boot id is none of this machine.
/// Throws UsageError, std::system_error.
[[nodiscard]] std::optional<std::string> boot_of_log(const JobDirectory& directory);

/// From now on this machine writes the log, which is empty or its own. A failure is ignored: then the log
/// counts as another boot's.
void record_boot_of_log(const JobDirectory& directory);

}  // namespace wm
