#pragma once

// The options for existing outputs and for pictures without marks, in the form that workers and journal use.

#include "common/job/output_policy.h"
#include "supervisor/cli/job_settings.h"

namespace wm {

/// --backup alone permits the replacement of foreign files, since they are kept. Pure.
[[nodiscard]] inline OutputPolicy output_policy(const RunSettings& run) {
  OutputPolicy policy{.if_unmarked = run.if_unmarked, .backup_suffix = run.backup_suffix};
  if (run.overwrite == Overwrite::all) policy.foreign = ForeignFile::replace;
  if (!run.backup_suffix.empty()) policy.foreign = ForeignFile::back_up;
  return policy;
}

}  // namespace wm
