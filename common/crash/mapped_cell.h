#pragma once

// A crash cell's head, mapped. One owner; the head may be read from any thread.

#include <boost/interprocess/mapped_region.hpp>

#include "common/crash/crash_cell.h"
#include "common/os/unique_fd.h"

namespace wm {

class MappedCell {
 public:
  /// Makes `file` a cell: gives it its size, reserves cell_reserved_bytes and writes magic and version.
  /// Throws std::system_error (ENOSPC when the disk is full).
  [[nodiscard]] static MappedCell create(UniqueFd file);
  /// Maps a cell for writing. Throws std::system_error, or std::runtime_error when it is none.
  [[nodiscard]] static MappedCell attach(UniqueFd file);

  [[nodiscard]] CrashCellHead& head() const noexcept {
    return *static_cast<CrashCellHead*>(region_.get_address());
  }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// The file, which is not mapped any more.
  [[nodiscard]] UniqueFd release() && {
    region_ = {};
    return std::move(file_);
  }

 private:
  explicit MappedCell(UniqueFd file);
  UniqueFd file_;
  boost::interprocess::mapped_region region_;
};

}  // namespace wm
