#pragma once

// JOB_DIR/quarantine.txt of a job with shards: one line for each quarantined input of all of them. Format:
// docs/journal.md. One thread.

#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#include "common/os/unique_fd.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/job_history.h"

namespace wm {

class MergedQuarantine {
 public:
  explicit MergedQuarantine(JobDirectory directory) : directory_(std::move(directory)) {}
  /// Removes what was written unless commit() succeeded.
  ~MergedQuarantine();
  MergedQuarantine(const MergedQuarantine&) = delete;
  MergedQuarantine& operator=(const MergedQuarantine&) = delete;

  /// An input of the shard at hand; others than quarantined ones are passed over. Memory is bounded. A job
  /// whose list cannot be written is read all the same: commit() throws what went wrong here and in
  /// end_shard().
  void add(const InputHistory& input);
  /// After the last input of a shard: whether they count.
  void end_shard(bool count);
  /// Replaces the list, whole; without any inputs it is removed. Not in a directory that has a journal of its
  /// own: there the list belongs to that job, and this returns false. Removes what killed merges have left.
  /// Throws std::system_error, UsageError.
  [[nodiscard]] bool commit();

 private:
  void attempt(const std::function<void()>& change);
  void write();
  void drop();
  void close();
  void remove_left_ones() const;

  JobDirectory directory_;
  std::string temporary_;  // "" as long as nothing was written
  UniqueFd file_;
  std::uint64_t written_ = 0;  // bytes in the file
  std::uint64_t kept_ = 0;     // bytes of shards that count, there and in `pending_`
  std::string pending_;
  std::exception_ptr failure_;  // the first one; nothing is written after it
};

}  // namespace wm
