#pragma once

// The mapped head of a crash record. One owner; the head may be read from any thread.

#include <boost/interprocess/mapped_region.hpp>

#include "common/crash/crash_record.h"
#include "common/os/unique_fd.h"

namespace wm {

class MappedCrashRecord {
 public:
  /// Turns `file` into a crash record: sets its size, reserves crash_record_reserved_bytes and writes magic
  /// and version. Throws std::system_error (ENOSPC when the disk is full).
  [[nodiscard]] static MappedCrashRecord create(UniqueFd file);
  /// Maps a crash record for writing. Throws std::system_error, or std::runtime_error when it is not a crash
  /// record of this version.
  [[nodiscard]] static MappedCrashRecord attach(UniqueFd file);

  [[nodiscard]] CrashRecordHead& head() const noexcept {
    return *static_cast<CrashRecordHead*>(region_.get_address());
  }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// Unmaps the file and hands it over.
  [[nodiscard]] UniqueFd release() && {
    region_ = {};
    return std::move(file_);
  }

 private:
  explicit MappedCrashRecord(UniqueFd file);
  UniqueFd file_;
  boost::interprocess::mapped_region region_;
};

}  // namespace wm
