#include "tests/support/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <utility>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"

namespace wm::test {
namespace {

bool write_map(const char* path, const std::string& text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

std::string enter_own_mounts() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const std::string refused = "no mount namespace of its own can be made here: ";
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return refused + errno_text();
    const auto map = [](auto id) { return std::to_string(id) + " " + std::to_string(id) + " 1"; };
    if (!write_map("/proc/self/setgroups", "deny") || !write_map("/proc/self/uid_map", map(user)) ||
        !write_map("/proc/self/gid_map", map(group))) {
      return refused + errno_text();
    }
  }
  // Nothing that is mounted here must be seen by others.
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return refused + errno_text();
  return "";
}

SmallDisk::SmallDisk(std::string directory, const std::string& room) : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  const std::string options = room + ",mode=0755";  // a job directory is its user's alone
  check_errno(::mount("none", directory_.c_str(), "tmpfs", 0, options.c_str()), "mount a tmpfs");
}

SmallDisk::~SmallDisk() {
  ::umount2(directory_.c_str(), MNT_DETACH);
}

void SmallDisk::resize(const std::string& room) const {
  check_errno(::mount("none", directory_.c_str(), "tmpfs", MS_REMOUNT, room.c_str()), "resize a tmpfs");
}

void SmallDisk::fill(const std::string& name, long spare) const {
  const std::string path = directory_ + "/" + name;
  const UniqueFd file(check_errno(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644), "open"));
  const std::array<char, 4096> bytes{};
  while (::write(file.get(), bytes.data(), bytes.size()) > 0) {
  }
  struct stat status {};
  check_errno(::fstat(file.get(), &status), "fstat");
  check_errno(::ftruncate(file.get(), status.st_size - spare), "ftruncate");
}

BindMount::BindMount(const std::string& from, std::string to) : to_(std::move(to)) {
  std::filesystem::create_directories(from);
  std::filesystem::create_directories(to_);
  check_errno(::mount(from.c_str(), to_.c_str(), nullptr, MS_BIND, nullptr), "bind a directory");
}

BindMount::~BindMount() {
  ::umount2(to_.c_str(), MNT_DETACH);
}

}  // namespace wm::test
