#include "supervisor/journal/output_file_systems.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "common/os/errno_error.h"

namespace wm {
namespace {

constexpr std::string_view unsynced = "outputs did not reach the disk";

}  // namespace

void sync_file_systems(std::span<const int> descriptors) {
  for (const int descriptor : descriptors) check_errno(::syncfs(descriptor), unsynced);
}

OutputFileSystems::OutputFileSystems(const OutputTree& outputs)
    : root_(check_errno(::fcntl(outputs.fd(), F_DUPFD_CLOEXEC, 0), "cannot look at the output directory")),
      devices_{static_cast<::dev_t>(outputs.root().device)} {}

bool OutputFileSystems::add(std::span<const std::string> outputs) {
  const std::size_t before = others_.size();
  std::string last;
  for (const std::string& output : outputs) {
    const std::size_t slash = output.rfind('/');
    if (slash == std::string::npos || output.compare(0, slash, last) == 0) continue;
    last = output.substr(0, slash);
    struct stat status {};
    if (::fstatat(root_.get(), last.c_str(), &status, 0) != 0) {
      if (is_out_of_reach(errno)) continue;  // somebody has removed it
      throw_errno(unsynced);
    }
    if (devices_.contains(status.st_dev)) continue;
    UniqueFd file_system = opened(last, output);
    if (!file_system) continue;
    others_.push_back(std::move(file_system));
    devices_.insert(status.st_dev);
  }
  return others_.size() > before;
}

/// None when somebody has removed it meanwhile.
UniqueFd OutputFileSystems::opened(const std::string& directory, const std::string& output) const {
  constexpr int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  UniqueFd file_system(::openat(root_.get(), directory.c_str(), flags | O_DIRECTORY));
  if (!file_system && errno == EACCES)  // a directory need not be readable
    file_system.reset(::openat(root_.get(), output.c_str(), flags | O_NOFOLLOW));
  if (!file_system && !is_absence(errno)) throw_errno(unsynced);
  return file_system;
}

std::vector<int> OutputFileSystems::descriptors() const {
  std::vector<int> descriptors{root_.get()};
  for (const UniqueFd& other : others_) descriptors.push_back(other.get());
  return descriptors;
}

}  // namespace wm
