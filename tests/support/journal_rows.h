#pragma once

// Asks a job's journal with SQLite's own interface, as a user would. Looks at a copy: merely opening a
// journal whose supervisor was killed changes its files.

#include <cstdint>
#include <string>
#include <vector>

namespace wm::test {

/// The rows of `query` on JOB_DIR/job.db, each value as text, NULL as "". Throws std::runtime_error.
[[nodiscard]] std::vector<std::vector<std::string>> journal_rows(const std::string& job_directory,
                                                                 const std::string& query);

/// The one number that `query` has for an answer.
[[nodiscard]] std::int64_t journal_number(const std::string& job_directory, const std::string& query);

}  // namespace wm::test
