#pragma once

// What must be true of a job whatever died in it: every input marked once, with the right bytes, nothing else
// in the output tree, a ledger that closes, and every published log record in the log.

#include <map>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/job.h"

namespace wm::test {

/// A death by a kill point, from the file `deaths`.
struct Death {
  std::string point, action;
  int pid = 0;
  std::uint64_t records = 0;  // that the process had published in its ring
};
[[nodiscard]] std::vector<Death> read_deaths(const std::string& kill_directory);

/// Outputs by name.
using Outputs = std::map<std::string, std::string>;
using Identities = std::map<std::string, FileIdentity>;

[[nodiscard]] Outputs outputs_of(const Job& job);
[[nodiscard]] Identities identities_of(const Job& job);

/// "" or what is wrong with a job that ran to its end in one run. Its log must be JSON with DEBUG records.
[[nodiscard]] std::string fault_of_run(const Job& job, const ProgramResult& result, const Outputs& expected,
                                       const std::vector<Death>& deaths);

/// "" or what is wrong with a job that was resumed after its supervisor died; `published` are the outputs
/// that were there when it began again.
[[nodiscard]] std::string fault_of_resumed(const Job& job, const ProgramResult& result,
                                           const Outputs& expected, const Identities& published);

}  // namespace wm::test
