#pragma once

// Bytes of an open file by position. Uses pread, so the descriptor's offset, which libvips relies on, does
// not move. Borrows the descriptor.

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wm {

class FileReader {
 public:
  explicit FileReader(int fd) noexcept : fd_(fd) {}

  /// How many bytes were read: fewer than asked for at the end of the file and after an error.
  std::size_t read(std::uint64_t position, std::span<std::byte> into) const noexcept {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto count =
          ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(position + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  [[nodiscard]] bool read_exactly(std::uint64_t position, std::span<std::byte> into) const noexcept {
    return read(position, into) == into.size();
  }

 private:
  int fd_;
};

}  // namespace wm
