#pragma once

// Reads a list of file names from a descriptor, entry by entry, in bounded memory. In lists with one name per
// line, a byte order mark at the beginning and carriage returns at the ends of lines are removed (lists from
// Windows); a name that really begins or ends with one of these, or contains a line break, needs a
// NUL-separated list. Empty entries are skipped.

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
    std::string name;          // only the beginning if the name is too long
    std::uint64_t number = 0;  // 1-based, empty entries counted
    bool too_long = false;
  };

  /// Borrows the descriptors. As soon as `stop_fd` (-1: none) is readable, the list counts as ended, even if
  /// the reader is waiting for a pipe into which nothing is ever written.
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
