#include "common/crash/mapped_cell.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "common/os/errno_error.h"
#include "common/os/mappable_descriptor.h"

namespace wm {
namespace {

namespace ipc = boost::interprocess;

}  // namespace

MappedCell::MappedCell(UniqueFd file)
    : file_(std::move(file)), region_(MappableDescriptor(file_.get()), ipc::read_write, 0, cell_head_bytes) {
  // Else the first touch reads ahead: some disks are set to megabytes, all of them holes here.
  region_.advise(ipc::mapped_region::advice_random);
}

MappedCell MappedCell::create(UniqueFd file) {
  if (const int error = ::posix_fallocate(file.get(), 0, cell_reserved_bytes); error != 0) {
    errno = error;
    throw_errno("cannot reserve room for a crash cell");
  }
  check_errno(::ftruncate(file.get(), crash_cell_bytes), "ftruncate");
  MappedCell cell(std::move(file));
  cell.head().magic = crash_cell_magic;
  cell.head().version = crash_cell_version;
  return cell;
}

MappedCell MappedCell::attach(UniqueFd file) {
  struct stat status {};
  check_errno(::fstat(file.get(), &status), "fstat");
  const auto stranger = [] {
    return std::runtime_error("the crash cell is not one of this version of wm-supervisor");
  };
  if (status.st_size != static_cast<off_t>(crash_cell_bytes)) throw stranger();
  MappedCell cell(std::move(file));
  if (cell.head().magic != crash_cell_magic || cell.head().version != crash_cell_version) throw stranger();
  return cell;
}

}  // namespace wm
