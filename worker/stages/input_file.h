#pragma once

// The file of a task, read into memory once: decoder, metadata and verification all see the same bytes,
// whatever happens to the file meanwhile. Owns the bytes.

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

  /// Opens a regular file and asks for its size; nothing is read. When it is known what was `found` there, a
  /// file that has taken its place is refused. What is no regular file is looked at from outside only. Throws
  /// TaskFailure: unreadable, or corrupt when it is empty.
  [[nodiscard]] static InputFile open(const std::string& path, const FileStamp& found = {});

  /// The first bytes, as far as they exist. Throws TaskFailure (unreadable).
  [[nodiscard]] std::vector<std::byte> head(std::size_t most) const;

  /// Takes what fstat has promised, less where the file has become shorter meanwhile; whether that is too
  /// much was asked before (input_checks.h). Throws TaskFailure (unreadable), std::bad_alloc.
  void read();

  /// From now on these are the file's bytes, for all that reads it from memory.
  void replace_bytes(std::span<const std::byte> bytes);

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The mode is less what an access control list denies: see leave_out_denials().
  [[nodiscard]] const struct stat& status() const { return status_; }
  /// Empty before read(). The address stays while the object is moved.
  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  std::size_t read_into(std::span<std::byte> buffer) const;

  UniqueFd fd_;
  struct stat status_ {};
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace wm
