#pragma once

// Lets Boost's mapped_region map a file that has no name. Borrows the descriptor.

#include <boost/interprocess/mapped_region.hpp>

namespace wm {

class MappableDescriptor {
 public:
  explicit MappableDescriptor(int fd) : fd_(fd) {}
  [[nodiscard]] boost::interprocess::mapping_handle_t get_mapping_handle() const {
    return boost::interprocess::ipcdetail::mapping_handle_from_file_handle(fd_);
  }

 private:
  int fd_;
};

}  // namespace wm
