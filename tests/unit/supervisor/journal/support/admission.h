#pragma once

// Inputs of a job, and their admission to its journal one by one.

#include <cstdint>
#include <string>

#include "supervisor/journal/job_journal.h"
#include "tests/support/catch.h"

namespace wm {

/// An input in /in, and its output of that name.
inline InputFile input(const std::string& name, std::int64_t size = 10, std::int64_t mtime = 1000) {
  return {.path = "/in/" + name, .shown_from = 4, .output = name, .size = size, .mtime_ns = mtime};
}

/// In a transaction of its own. Fails the test case where the input is a suspect to be admitted later.
inline Admission admit(JobJournal& journal, const InputFile& file) {
  journal.begin();
  const auto admission = journal.admit(file, SuspectsMay::run);
  journal.commit();
  REQUIRE(admission);
  return *admission;
}

}  // namespace wm
