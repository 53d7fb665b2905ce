#pragma once

// What a run notes in the job directory while its journal is on another disk (--scratch). That disk may be
// lost, and with it everything since the last copy of the journal. The next run learns from these files which
// outputs may be missing in that copy: those that were handed out, with what was at their paths then, and
// those that were published. So it takes none of them for somebody else's file, and no other file for one.
//
// docs/journal.md describes the format. A file may end anywhere, or have lost blocks in its middle: what is
// left of a path names another file at worst, and then what is there is compared before it is replaced.
//
// Used by the journal's thread, except for begin_next() and the removals, which a thread that copies the
// journal may call meanwhile.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <vector>

#include "common/job/output_identity.h"
#include "common/job/temporary_name.h"
#include "common/os/unique_fd.h"
#include "supervisor/dispatch/left_evidence.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

class EvidenceError : public std::system_error {
 public:
  using std::system_error::system_error;
  [[nodiscard]] bool out_of_space() const noexcept;
};

/// An output that may be made from now on.
struct HandedOut {
  std::string output;
  std::optional<OutputIdentity> found;  // what is at its path; none: nothing is
};

class EvidenceLog {
 public:
  enum class Sync : std::uint8_t { no, yes };

  /// Makes the first file. Throws UsageError, std::system_error.
  EvidenceLog(JobDirectory directory, RunToken run, Sync sync);

  /// Hold it while a transaction of the journal is open: what was noted meanwhile is then either in files
  /// that stay, or committed before the journal is copied.
  [[nodiscard]] std::unique_lock<std::mutex> hold() { return std::unique_lock(mutex_); }

  // ---- while it is held ----

  [[nodiscard]] bool has_handed_out(const std::string& output) const { return noted_.contains(output); }
  /// Notes that these outputs may be made from now on; that is on the disk when this returns. Forgets which
  /// ones were noted before. Throws EvidenceError.
  void note_handed_out(const std::vector<HandedOut>& outputs);
  /// The next two are written by flush().
  void note_published(std::string_view output, const OutputIdentity& identity);
  /// Somebody else's file is at the output's path.
  void note_taken(std::string_view output);
  /// That is on the disk when this returns. Throws nothing: for what is missing, the next run compares, and
  /// in doubt it refuses to replace the output.
  void flush() noexcept;

  // ---- any thread, while it is not held ----

  /// Begins a new file, and returns its number. What files of smaller numbers contain was committed before
  /// this returns. Throws UsageError, std::system_error.
  [[nodiscard]] std::uint64_t begin_next();
  /// Removes this run's files of smaller numbers: what they contain is in the copy of the journal.
  void remove_before(std::uint64_t number) noexcept;
  /// After the end of the journal's thread.
  void remove_all() noexcept { remove_before(number_ + 1); }

 private:
  [[nodiscard]] UniqueFd create(std::uint64_t number) const;
  void append(std::string_view records);

  const JobDirectory directory_;
  const RunToken run_;
  const Sync sync_;
  std::mutex mutex_;
  std::uint64_t number_ = 1;  // of file_
  UniqueFd file_;
  std::uint64_t removed_ = 0;  // all files up to this number; used by the thread that copies
  std::unordered_set<std::string> noted_;
  std::string pending_;
};

/// What the files of one run say.
struct RunEvidence {
  UnrecordedOutputs outputs;
  std::vector<std::string> taken;  // by somebody else
};

/// Takes the bytes of a file as they come, and adds what they say. Memory is bounded but for that. Pure.
class EvidenceReader {
 public:
  /// Borrows it.
  explicit EvidenceReader(RunEvidence& evidence) : evidence_(evidence) {}
  void add(std::string_view bytes);

 private:
  enum class Place : std::uint8_t { heading, records, elsewhere };
  RunEvidence& evidence_;
  Place place_ = Place::heading;
  std::string rest_;  // of a record whose end has not come yet
};

/// Adds what a run has left. Pure.
void add_run(RunEvidence run, UnrecordedOutputs& outputs);
/// A file that says this. Pure.
[[nodiscard]] std::string evidence_text(const UnrecordedOutputs::InDoubt& in_doubt);

/// What all runs have left; nobody else may use the directory. Throws UsageError, std::system_error.
[[nodiscard]] UnrecordedOutputs left_unrecorded(const JobDirectory& directory);

/// Keeps of what all runs have left only what is still in doubt: run `own` takes it over. Throws UsageError,
/// std::system_error.
void keep_in_doubt(const JobDirectory& directory, RunToken own, const UnrecordedOutputs::InDoubt& in_doubt);

/// Removes what this run has noted itself: its journal is whole.
void remove_evidence_of(const JobDirectory& directory, RunToken run);

}  // namespace wm
