#pragma once

// Reads a list of file names from a descriptor, entry by entry, in bounded memory. Of lists with one name a
// line, a byte order mark at the beginning and a carriage return at the end of a line are taken off (lists
// from Windows); a name that really begins or ends so, or holds a line break, needs a list with NULs. Empty
// entries are left out.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <climits>

#include "supervisor/cli/job_settings.h"

namespace wm {

class FileListReader {
 public:
  static constexpr std::size_t longest_name = PATH_MAX - 1;

  struct Entry {
    std::string name;          // of a name that is too long only the beginning
    std::uint64_t number = 0;  // 1-based, empty entries counted
    bool too_long = false;
  };

  /// Borrows the descriptors. As soon as `stop_fd` (-1: none) is readable, the list counts as ended: a
  /// reader may be waiting for a pipe into which nothing is ever written.
  FileListReader(int fd, FileList::Separator separator, int stop_fd = -1);

  /// The next entry, nothing at the end. May block, as the descriptor does. Throws std::system_error.
  std::optional<Entry> next();

 private:
  bool fill();
  bool wait_for_bytes();
  /// Appends to the entry; false when the list ended before a separator.
  bool read_to_separator(Entry& entry);

  int fd_;
  int stop_fd_;
  bool stopped_ = false;
  char separator_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace wm
