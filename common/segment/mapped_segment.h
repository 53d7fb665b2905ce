#pragma once

// The segment in this process' memory. The supervisor creates it, workers attach to the inherited descriptor.

#include <atomic>
#include <cstdint>
#include <span>

#include <boost/interprocess/mapped_region.hpp>

#include "common/job/task.h"
#include "common/os/unique_fd.h"
#include "common/segment/layout.h"
#include "common/segment/log_ring.h"
#include "common/segment/task_queue.h"

namespace wm {

class MappedSegment {
 public:
  /// Throws std::system_error or boost::interprocess::interprocess_exception.
  static MappedSegment create(const SegmentShape& shape);
  /// Also throws std::runtime_error when the memory is not a segment that this program understands.
  static MappedSegment attach(UniqueFd memory);

  [[nodiscard]] int fd() const noexcept { return memory_.get(); }
  [[nodiscard]] const SegmentShape& shape() const noexcept { return shape_; }
  [[nodiscard]] SegmentHeader& header() const noexcept;
  /// Writes the fixed part of the header, and repairs it after a worker has scribbled on it. Supervisor only.
  void write_header() const noexcept;
  [[nodiscard]] WorkerStatus& status(WorkerIndex worker) const;
  [[nodiscard]] TaskQueue tasks() const;
  [[nodiscard]] LogRing log_ring(WorkerIndex worker) const;

 private:
  MappedSegment(UniqueFd memory, const SegmentShape& shape);

  template <typename T>
  [[nodiscard]] T* at(std::size_t offset) const noexcept;

  UniqueFd memory_;
  SegmentShape shape_;  // private copy: the one in the segment may be scribbled on
  SegmentOffsets offsets_;
  boost::interprocess::mapped_region region_;
};

}  // namespace wm
