#pragma once

// Which names the file system of the outputs takes for one. exFAT, FAT, NTFS, SMB shares and directories of
// ext4 and f2fs with +F do not tell upper and lower case apart; HFS+, APFS and those directories do not tell
// how a letter with an accent is composed. There, one of two outputs would replace the other.
//
// An approximation: each file system has tables of its own, of some version of Unicode; these are GLib's.
// What they miss, the worker finds when the name is taken: the second input fails with `exists`.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/job/temporary_name.h"

namespace wm {

struct NameFolding {
  enum class Case : std::uint8_t {
    kept,    // A and a are two names
    ascii,   // only letters of ASCII are one in both cases
    simple,  // letter by letter: É and é are one
    full,    // ß and ss are one, too
  };
  Case letters = Case::kept;
  bool normalises = false;  // É of one and of two code points are one

  bool operator==(const NameFolding&) const = default;
  [[nodiscard]] bool tells_all_apart() const { return *this == NameFolding{}; }
};

/// `path`, the same for all names of one file. Bytes that are not UTF-8 are folded as ASCII. Pure.
[[nodiscard]] std::string folded(std::string_view path, const NameFolding& folding);

/// How the directory behind the descriptor takes names. Makes a file of a probe_name(), looks for it under
/// other names, and removes it. Where it cannot be made, all names count as different: publishing fails for
/// the same reason. Directories below are taken to be of the same kind.
[[nodiscard]] NameFolding probe_name_folding(int directory, RunToken run);
/// Removes what a probe of a run that died may have left.
void remove_probe(int directory, RunToken run);

}  // namespace wm
