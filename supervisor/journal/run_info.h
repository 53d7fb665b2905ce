#pragma once

// What the journal needs to know about a run when it begins.

#include <optional>
#include <string>

#include "common/job/output_policy.h"
#include "common/job/recipe.h"
#include "common/job/task.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/cli/shard.h"
#include "supervisor/dispatch/left_evidence.h"
#include "supervisor/journal/leftovers.h"
#include "supervisor/ownership/machine_start.h"

namespace wm {

struct RunInfo {
  RunToken token{};
  std::string command;  // one line, escaped
  Recipe recipe;
  std::string output_directory;
  std::optional<Shard> shard;  // the part of the job that the run does; none: the whole job
  std::string job_id;          // of a shard's job: ShardedJob::id
  Overwrite overwrite = Overwrite::changed;
  OutputPolicy policy;
  Durability durability = Durability::batch;
  bool retry_quarantined = false;
  bool rebuild = false;   // the journal is new but the job is not: outputs show what is done
  LeftEvidence evidence;  // of workers of runs that died
  MachineStart machine = machine_start();
  Leftovers::MayBeAlive may_be_alive;  // a run that is in no journal; may be empty
};

}  // namespace wm
