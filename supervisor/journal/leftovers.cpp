#include "supervisor/journal/leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm {
namespace {

/// None when a component is missing or is not a directory.
UniqueFd open_below(int root, const std::string& directory) {
  UniqueFd current(::openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t begin = 0; current && begin < directory.size();) {
    const std::size_t end = std::min(directory.find('/', begin), directory.size());
    const std::string component = directory.substr(begin, end - begin);
    current =
        UniqueFd(::openat(current.get(), component.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    begin = end + 1;
  }
  return current;
}

/// The kernel grants a read lease only on a file that nobody has open for writing.
bool nobody_writes(int directory, const char* name) {
  const UniqueFd file(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  return file && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0;
}

struct Close {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

void Leftovers::remove_beside(const std::string& output) {
  const std::size_t slash = output.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : output.substr(0, slash);
  if (!seen_.insert(directory).second) return;
  if (const UniqueFd opened = open_below(root_, directory)) remove_in(opened.get());
}

void Leftovers::remove_in(int directory) {
  std::vector<std::string> names;
  {
    UniqueFd listed(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, Close> entries(listed ? ::fdopendir(listed.get()) : nullptr);
    if (!entries) return;
    (void)listed.release();
    while (const dirent* const entry = ::readdir(entries.get())) {
      const auto run = run_of_temporary(entry->d_name);
      if (run && *run != own_) names.emplace_back(entry->d_name);
    }
  }
  for (const std::string& name : names) {
    if (nobody_writes(directory, name.c_str()) && ::unlinkat(directory, name.c_str(), 0) == 0) ++removed_;
  }
}

}  // namespace wm
