#pragma once

// Which files below the output directory the job itself has published. Any other file there belongs to
// somebody else and is not replaced unasked. One thread: the journal's.

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

/// What a row records about the output that was published for it.
struct OutputRecord {
  OutputIdentity identity;      // inode 0: from a version that did not record it
  std::int64_t started_ns = 0;  // of the attempt that published it, or of a later one
  bool is_certain = true;       // false: it appeared between an attempt and a restart of the machine
};

/// Whether `file` is the recorded output. Where the file system keeps no inode numbers, size and modification
/// time decide. Without a recorded inode, its size must match and it must not be older. Pure.
[[nodiscard]] bool is_recorded(const OutputStatus& file, const OutputRecord& record);

/// Whether `file` is the recorded output but has lost its end since, as after a power failure. Always false
/// where the file system keeps no inode numbers. Pure.
[[nodiscard]] bool is_cut_off(const OutputStatus& file, const OutputRecord& record);

/// Whether `file` is what appeared between an attempt and a restart of the machine, no matter which program
/// put it there. Pure.
[[nodiscard]] bool may_be_published(const OutputStatus& file, const OutputRecord& record);

/// Why a file at an output's path that the job did not publish is not replaced; "" when the policy allows it.
/// Pure.
[[nodiscard]] std::string refusal_to_replace(const std::string& output, const OutputStatus& file,
                                             const OutputPolicy& policy);

class OwnOutputs {
 public:
  /// Borrows the journal. Outputs whose names the file system regards as the same count as one. Throws
  /// sqlite::Error, as does everything here.
  OwnOutputs(const sqlite::Database& database, const NameFolding& names);
  ~OwnOutputs();
  OwnOutputs(OwnOutputs&&) noexcept;
  OwnOutputs& operator=(OwnOutputs&&) noexcept;
  OwnOutputs(const OwnOutputs&) = delete;
  OwnOutputs& operator=(const OwnOutputs&) = delete;

  /// Whether the job published `file` at this path, for any input. The first call reads the paths of all
  /// outputs, so check the input's own row first.
  [[nodiscard]] bool contain(const std::string& output, const OutputStatus& file);

  /// The path no longer belongs to any input; the file remains the job's own.
  void keep_former(const std::string& output, const OutputIdentity& identity);

 private:
  struct Statements;
  void read_paths();

  std::unique_ptr<Statements> statements_;
  NameFolding names_;
  std::optional<PathIndex> files_;  // rows of `file` by folded output
  PathIndex former_;                // rows of `former_output`; read together with files_
};

}  // namespace wm
