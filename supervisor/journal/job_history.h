#pragma once

// Reads what a job's journal says about its runs and inputs, without a lock and without changing anything,
// row by row. One thread.
//
// A run may begin while it reads. What was read is worthless then, and may have been mixed: see
// is_unchanged(). The contents come from anybody who can write the job directory: counts are never negative,
// and texts are one line of UTF-8 each.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/job_directory/job_directory.h"
#include "supervisor/journal/file_table.h"
#include "supervisor/journal/run_figures.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

enum class RecordedState : std::uint8_t {
  pending,     // started, too
  left_alone,  // --overwrite never leaves the output that exists
  marked,
  unmarked,
  failed,
  quarantined,
};
inline constexpr std::size_t recorded_state_count = 6;
inline constexpr std::array<std::string_view, recorded_state_count> recorded_state_names{
    "pending", "up_to_date", "marked", "unmarked", "failed", "quarantined"};

/// An input as it stands now.
struct InputHistory {
  std::string input;           // absolute path, bytes
  std::size_t shown_from = 0;  // see InputFile::shown_from; within the path
  std::string output;          // below the output directory, bytes
  RecordedState state{};
  std::optional<std::int64_t> size;  // of the input
  std::int64_t run = 0;              // the last that met it
  std::int64_t done_run = 0;         // in which it got its state; 0: in none
  std::uint32_t attempts = 0;
  std::int64_t started_ns = 0;  // of its last attempt, since the epoch; 0: there was none
  std::optional<Failure>
      failure;               // of failed and quarantined inputs, and of pending ones with failed attempts
  std::uint64_t worker = 0;  // 1-based; 0: none
  std::uint64_t elapsed_us = 0;
  std::optional<std::uint64_t> output_bytes;  // when the state is that of a published picture
  JpegRoute jpeg_route{};
  std::string jpeg_reason, notes;
  std::string crash;  // ID of the crash that ended its last attempt
};

class JobHistory {
 public:
  /// Throws UsageError when there is no journal, or it is damaged or of another version.
  explicit JobHistory(const JobDirectory& directory);

  [[nodiscard]] const JobDirectory& directory() const noexcept { return directory_; }
  /// How many runs there were.
  [[nodiscard]] std::int64_t last_run();
  /// Seconds of all runs together.
  [[nodiscard]] double elapsed_s();
  /// How many inputs have met that run last.
  [[nodiscard]] std::uint64_t inputs_of(std::int64_t run);
  /// How many no run has met since before that one.
  [[nodiscard]] std::uint64_t inputs_before(std::int64_t run);
  /// The last `most` runs from `first` on, the oldest first, with samples and stages.
  [[nodiscard]] std::vector<RunFigures> runs(std::int64_t first, std::size_t most);
  /// Every input, in the order in which they were first met; with `since`, those that got their state in that
  /// run or a later one, and pending ones that such a run met.
  void for_each_input(std::optional<std::int64_t> since,
                      const std::function<void(const InputHistory&)>& visit);

  /// Nobody has written the journal since it was opened.
  [[nodiscard]] bool is_unchanged() const;

 private:
  struct FileVersion {
    std::uint64_t inode = 0;
    std::int64_t size = -1, mtime_ns = 0;
    bool operator==(const FileVersion&) const = default;
  };
  [[nodiscard]] std::vector<FileVersion> versions() const;
  void read_samples(RunFigures& run);
  void read_stages(RunFigures& run);
  template <class Read>
  auto reading(const Read& read);

  JobDirectory directory_;  // stays open as long as the database
  std::vector<FileVersion> opened_;
  sqlite::Database database_;
};

}  // namespace wm
