#include "common/crash/mapped_crash_record.h"

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

MappedCrashRecord::MappedCrashRecord(UniqueFd file)
    : file_(std::move(file)),
      region_(MappableDescriptor(file_.get()), ipc::read_write, 0, crash_record_head_bytes) {
  // Without this, the first access reads ahead: on some disks by megabytes, and here those are all holes.
  region_.advise(ipc::mapped_region::advice_random);
}

MappedCrashRecord MappedCrashRecord::create(UniqueFd file) {
  if (const int error = ::posix_fallocate(file.get(), 0, crash_record_reserved_bytes); error != 0) {
    errno = error;
    throw_errno("cannot reserve room for a crash record");
  }
  check_errno(::ftruncate(file.get(), crash_record_bytes), "ftruncate");
  MappedCrashRecord crash_record(std::move(file));
  crash_record.head().magic = crash_record_magic;
  crash_record.head().version = crash_record_version;
  return crash_record;
}

MappedCrashRecord MappedCrashRecord::attach(UniqueFd file) {
  struct stat status {};
  check_errno(::fstat(file.get(), &status), "fstat");
  const auto stranger = [] {
    return std::runtime_error("the crash record is not one of this version of wm-supervisor");
  };
  if (status.st_size != static_cast<off_t>(crash_record_bytes)) throw stranger();
  MappedCrashRecord crash_record(std::move(file));
  if (crash_record.head().magic != crash_record_magic || crash_record.head().version != crash_record_version)
    throw stranger();
  return crash_record;
}

}  // namespace wm
