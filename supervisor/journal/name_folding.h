#pragma once

// Which names the outputs' file system regards as the same. exFAT, FAT, NTFS, SMB shares and directories of
// ext4 and f2fs with +F do not distinguish upper and lower case; HFS+, APFS and those directories do not
// distinguish composed and decomposed letters with accents. There, one of two such outputs would replace the
// other.
//
// An approximation: each file system has its own tables for some version of Unicode; these are GLib's. If
// they miss a match, the worker finds the name taken, and the second input fails with `exists`.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/job/temporary_name.h"

namespace wm {

struct NameFolding {
  enum class Case : std::uint8_t {
    kept,    // A and a are two names
    ascii,   // only ASCII letters are the same in both cases
    simple,  // letter by letter: É and é are the same
    full,    // ß and ss are the same, too
  };
  Case letters = Case::kept;
  bool normalises = false;  // É as one and as two code points are the same

  bool operator==(const NameFolding&) const = default;
  [[nodiscard]] bool tells_all_apart() const { return *this == NameFolding{}; }
};

/// `path` in a form that is the same for all names of one file. A path that is not UTF-8 is folded as ASCII.
/// Pure.
[[nodiscard]] std::string folded(std::string_view path, const NameFolding& folding);

/// How the descriptor's directory treats names. Creates a file with a probe_name(), looks for it under other
/// names, and removes it. If it cannot be created, all names count as different: publishing will fail for the
/// same reason. Subdirectories are assumed to be of the same kind.
[[nodiscard]] NameFolding probe_name_folding(int directory, RunToken run);
/// Removes the probe file that a run that died may have left.
void remove_probe(int directory, RunToken run);

}  // namespace wm
