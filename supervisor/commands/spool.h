#pragma once

// What is printed only when it is complete: bytes in a file without a name, below TMPDIR or /tmp. One thread.

#include <functional>
#include <string>
#include <string_view>

#include "common/os/unique_fd.h"

namespace wm {

class Spool {
 public:
  /// Throws std::system_error.
  Spool();

  /// Throws std::system_error, so that nothing incomplete is printed.
  void add(std::string_view bytes);
  /// Prints all of it. False: standard output could not be written. Throws std::system_error.
  [[nodiscard]] bool print();
  /// Passes on all of it, and is empty then. Throws std::system_error.
  void move_to(const std::function<void(std::string_view)>& take);
  /// Throws std::system_error.
  void clear();

 private:
  void flush();
  /// Reads the file until `take` returns false, which it returns then.
  [[nodiscard]] bool read(const std::function<bool(std::string_view)>& take);

  UniqueFd file_;
  std::string pending_;
  bool in_file_ = false;  // something is
};

}  // namespace wm
