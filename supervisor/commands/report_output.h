#pragma once

// Where `wm-supervisor report` writes: files that the user has named, or standard output. One thread.

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "supervisor/commands/spool.h"
#include "supervisor/trusted_files/user_file.h"

namespace wm {

class ReportOutput {
 public:
  /// `where`: the value of `option`, a path or "-". A file that is there already is replaced only if it is
  /// empty or has `mark` in its first kilobyte, as reports of this kind do. Throws UsageError.
  ReportOutput(const std::string& where, const std::string& option, std::string mark);

  [[nodiscard]] bool is_standard_output() const noexcept { return file_ == nullptr; }
  /// Both would get the same name.
  [[nodiscard]] bool is_same_file(const ReportOutput& other) const;
  /// Before the first write(): others may read the file only as far as these bits allow.
  void restrict_to(mode_t mode) noexcept { mode_ &= mode; }
  /// Nothing is printed, or written under the file's name, before commit(). Throws std::system_error.
  void write(std::string_view text);
  /// After the last write(): all that can fail before the file has its name. Throws UsageError,
  /// std::system_error.
  void complete();
  /// After complete(). False: standard output could not be written. Throws UsageError, std::system_error.
  [[nodiscard]] bool commit();

 private:
  void flush();

  std::unique_ptr<UserFile> file_;  // none: standard output
  std::optional<Spool> spool_;      // for that, once something was written
  std::string pending_;
  mode_t mode_ = 0640;  // as that of the job directory: reports name every file
  bool begun_ = false;
};

}  // namespace wm
