#pragma once

// The file of a task, read into memory once: decoder, metadata and verification all see the same bytes, even
// if the file changes meanwhile. Owns the bytes.

#include <sys/stat.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/os/file_stamp.h"
#include "common/os/unique_fd.h"

namespace wm {

class InputFile {
 public:
  InputFile() = default;

  /// Opens a regular file and reads its status but no contents. If `found` is given, refuses a file that has
  /// replaced the one found earlier. Anything but a regular file is examined without opening it. Throws
  /// TaskFailure: unreadable, or corrupt when it is empty.
  [[nodiscard]] static InputFile open(const std::string& path, const FileStamp& found = {});

  /// The first bytes, fewer than `most` when the file is shorter. Throws TaskFailure (unreadable).
  [[nodiscard]] std::vector<std::byte> head(std::size_t most) const;

  /// Reads as many bytes as fstat reported, fewer if the file has become shorter meanwhile; the size limit
  /// has been checked before (input_checks.h). Throws TaskFailure (unreadable), std::bad_alloc.
  void read();

  /// Replaces the file's bytes for all further readers of the memory.
  void replace_bytes(std::span<const std::byte> bytes);

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The mode lacks the permissions that an access control list denies: see leave_out_denials().
  [[nodiscard]] const struct stat& status() const { return status_; }
  /// Empty before read(). The address remains valid when the object is moved.
  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  std::size_t read_into(std::span<std::byte> buffer) const;

  UniqueFd fd_;
  struct stat status_ {};
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace wm
