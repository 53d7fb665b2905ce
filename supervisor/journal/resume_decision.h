#pragma once

// Decides what has to be done with an input, from its row in the journal and from what is at its output's
// path. Changes nothing.

#include <cstdint>
#include <optional>
#include <string>

#include "common/job/outcome.h"
#include "common/job/recipe.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/input/input_file.h"
#include "supervisor/journal/file_table.h"
#include "supervisor/journal/output_tree.h"
#include "supervisor/journal/own_outputs.h"
#include "supervisor/journal/run_info.h"

namespace wm {

/// An input that was in progress when this many runs died without finishing anything is not handed out again.
inline constexpr std::int64_t max_interruptions = 5;

/// What becomes of an input that the scan found.
struct Admission {
  enum class Kind : std::uint8_t {
    run,  // its start is recorded: hand it out
    up_to_date,
    quarantined,  // in an earlier run
    failed,       // without an attempt: unreadable, collision, exists
    duplicate,    // this run has met it already; it is not counted again
  };
  Kind kind{};
  Assignment assignment;           // the task's id is valid except for duplicates
  std::optional<Failure> failure;  // of failed and quarantined; for `run`, of an earlier run's last attempt
  bool left_out = false;           // up to date without an output: no mark is visible on it
};

/// What has to be done with an input; nothing is recorded yet.
struct Decision {
  Admission::Kind kind{};
  std::optional<Failure> failure;
  bool suspect = false;                 // in progress when an earlier run died, or with failed attempts
  std::uint32_t failed_attempts = 0;    // in earlier runs: crashes, time-outs, shortages of memory
  std::optional<OutputIdentity> found;  // it has no row, but this output shows that it is up to date
  OutputIdentity own_output;            // what the job published at the output's path, if it is there
  MayBeOwn may_be_own = MayBeOwn::no;   // anything else that is there
};

/// The run that the decision is for.
struct ResumeContext {
  std::int64_t run;
  const RunInfo& info;
  const RecipeHash& recipe;
  bool rebuilds;  // an output without a row may be the job's
  OutputTree& outputs;
  OwnOutputs& own_outputs;
};

/// `row`: the input's, if it has one. `taken`: FileTable::taken_output().
[[nodiscard]] Decision decide(const InputFile& input, const std::optional<FileRow>& row,
                              const std::optional<std::string>& taken, const ResumeContext& context);

/// The row is for exactly this input, recipe and output.
[[nodiscard]] bool is_unchanged(const FileRow& row, const InputFile& input, const RecipeHash& hash);

}  // namespace wm
