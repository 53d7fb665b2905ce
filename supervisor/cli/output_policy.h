#pragma once

// What the options say of outputs that exist and of pictures without marks, as workers and journal have it.

#include "common/job/output_policy.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

/// --backup alone is leave to replace files of others: nothing of them is lost. Pure.
[[nodiscard]] inline OutputPolicy output_policy(const RunSettings& run) {
  OutputPolicy policy{.if_unmarked = run.if_unmarked, .backup_suffix = run.backup_suffix};
  if (run.overwrite == Overwrite::all) policy.foreign = ForeignFile::replace;
  if (!run.backup_suffix.empty()) policy.foreign = ForeignFile::back_up;
  return policy;
}

}  // namespace wm
