#pragma once

// Reads a worker's printed output (libraries' warnings, sanitizers, last words) from its pipe, line by line.
// One thread, the collector's.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "common/os/unique_fd.h"

namespace wm {

class OutputPipe {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  /// Takes over the read end, which must not block.
  explicit OutputPipe(UniqueFd read_end) : fd_(std::move(read_end)) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  /// Reads what is there, at most 64 KiB. Lines longer than 4 KiB are broken up, so that memory stays
  /// bounded. Returns how many bytes it read.
  std::size_t read(const OnLine& on_line);
  /// No process can write into it any more. Unread output may be left.
  [[nodiscard]] bool has_no_writer() const noexcept;
  /// All writers have closed it (or it cannot be read any more).
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }
  /// Hands out an unfinished last line.
  void finish(const OnLine& on_line);

 private:
  UniqueFd fd_;
  std::string unfinished_;
  bool at_end_ = false;
};

}  // namespace wm
