#pragma once

// Which files below the output directory the job itself has published. Whatever else is there belongs to
// somebody, and is not replaced unasked. One thread, that of the journal.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/job/output_identity.h"
#include "common/job/output_policy.h"
#include "supervisor/journal/name_folding.h"
#include "supervisor/journal/output_tree.h"
#include "supervisor/journal/path_index.h"
#include "supervisor/journal/sqlite.h"

namespace wm {

/// What a row says of the output that was published for it.
struct OutputRecord {
  OutputIdentity identity;      // inode 0: of a version that did not record it
  std::int64_t started_ns = 0;  // of the attempt that published it, or of a later one
  bool is_certain = true;       // no: it came there between an attempt and a restart of the machine
};

/// Is `file` what was recorded? Where the file system keeps no inode numbers, size and modification time say
/// so. Without a recorded inode its size must do, and that it is no older. Pure.
[[nodiscard]] bool is_recorded(const OutputStatus& file, const OutputRecord& record);

/// Has `file` been what was recorded, and lost its end since, as after a power failure? Never known where the
/// file system keeps no inode numbers. Pure.
[[nodiscard]] bool is_cut_off(const OutputStatus& file, const OutputRecord& record);

/// Is `file` what came there between an attempt and a restart of the machine, by whomever? Pure.
[[nodiscard]] bool may_be_published(const OutputStatus& file, const OutputRecord& record);

/// Why a file at an output's path that the job did not publish is not replaced; "" when the policy allows it.
/// Pure.
[[nodiscard]] std::string refusal_to_replace(const std::string& output, const OutputStatus& file,
                                             const OutputPolicy& policy);

class OwnOutputs {
 public:
  /// Borrows the journal. Outputs whose names the file system takes for one are one. Throws sqlite::Error, as
  /// everything here.
  OwnOutputs(const sqlite::Database& database, const NameFolding& names);
  ~OwnOutputs();
  OwnOutputs(OwnOutputs&&) noexcept;
  OwnOutputs& operator=(OwnOutputs&&) noexcept;
  OwnOutputs(const OwnOutputs&) = delete;
  OwnOutputs& operator=(const OwnOutputs&) = delete;

  /// Did the job publish `file` at this path, for whichever input? The first call reads the paths of all
  /// outputs, so ask the input's own row first.
  [[nodiscard]] bool contain(const std::string& output, const OutputStatus& file);

  /// The path is no input's any more; the file stays the job's.
  void keep_former(const std::string& output, const OutputIdentity& identity);

 private:
  struct Statements;
  void read_paths();

  std::unique_ptr<Statements> statements_;
  NameFolding names_;
  std::optional<PathIndex> files_;  // rows of file by output, folded
  PathIndex former_;                // rows of former_output, with files_
};

}  // namespace wm
