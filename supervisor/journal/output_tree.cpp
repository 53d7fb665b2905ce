#include "supervisor/journal/output_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/job/temporary_name.h"
#include "common/os/errno_error.h"

namespace wm {

OutputTree::OutputTree(const std::string& directory)
    : root_(check_errno(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                        "open the output directory")) {}

std::optional<OutputStatus> OutputTree::look(const std::string& output) const {
  struct stat status {};
  if (::fstatat(root_.get(), output.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return OutputStatus{
      .regular = S_ISREG(status.st_mode),
      .size = status.st_size,
      .ctime_ns = static_cast<std::int64_t>(status.st_ctim.tv_sec) * 1'000'000'000 + status.st_ctim.tv_nsec};
}

bool OutputTree::remove_temporary(const std::string& output, std::uint64_t task) const {
  const std::size_t slash = output.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : output.substr(0, slash + 1);
  const std::string path = directory + temporary_name(static_cast<TaskId>(task));
  return ::unlinkat(root_.get(), path.c_str(), 0) == 0;
}

}  // namespace wm
