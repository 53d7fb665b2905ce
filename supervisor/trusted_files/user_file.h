#pragma once

// A file at a path that the user has named for something this program makes: a preview, a report. It appears
// whole or not at all. Symbolic links are not followed, and an existing file is replaced only if the caller
// recognises it, so that a slip of the pen costs no picture. One thread.

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "common/os/unique_fd.h"

namespace wm {

class UserFile {
 public:
  /// Why an existing file must not be replaced; "" when it may be. Gets a descriptor for reading, -1 when it
  /// is no regular file or cannot be opened.
  using Judge = std::function<std::string(int fd)>;

  /// `said` is the option's name for error messages. Throws UsageError when the file cannot be written, so
  /// that this is known before anything is made.
  UserFile(const std::string& path, std::string said, Judge judge);
  /// Nothing stays of what was written unless commit() has named it.
  ~UserFile();
  UserFile(const UserFile&) = delete;
  UserFile& operator=(const UserFile&) = delete;

  /// Both are to have the same name in the same directory.
  [[nodiscard]] bool has_same_name(const UserFile& other) const;

  /// Begins the file without a name, so that it vanishes with this process. Where the file system has no such
  /// files it gets a temporary name, which cannot be guessed, so nobody can put anything in its way. Throws
  /// std::system_error.
  void begin(mode_t mode);
  /// After begin(). Throws std::system_error.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// After the last write(): finds out what would make commit() fail, as far as that can be known before.
  /// Throws UsageError, std::system_error.
  void complete();
  /// Gives the file its name. Throws UsageError when another file has appeared there meanwhile,
  /// std::system_error.
  void commit();

  /// Throws UsageError: "SAID PATH: WHY".
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  [[nodiscard]] bool check_replaceable() const;
  void take_temporary_name();
  void take_name();
  void discard() noexcept;

  std::string path_;
  std::string said_;
  Judge judge_;
  std::string what_;  // for errors of the system
  UniqueFd directory_;
  std::string name_;
  std::string temporary_;  // of a file that has begun; "" as long as it has no name
  UniqueFd fd_;
};

}  // namespace wm
