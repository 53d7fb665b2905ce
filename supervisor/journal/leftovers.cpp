#include "supervisor/journal/leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "common/os/unique_fd.h"
#include "supervisor/ownership/local_locks.h"
#include "supervisor/ownership/owner_verdict.h"

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

std::int64_t changed_ns(const struct stat& status) {
  return static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// The kernel grants a read lease only on a file that nobody has open for writing.
bool nobody_writes(int directory, const char* name, std::int64_t newest_ns) {
  const UniqueFd file(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  return file && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) &&
         changed_ns(status) <= newest_ns && ::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0;
}

struct Close {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// The path of the directory of an output, without a slash at its end; "" is the root.
std::string parent_of(const std::string& output) {
  const std::size_t slash = output.rfind('/');
  return slash == std::string::npos ? "" : output.substr(0, slash);
}

/// The names of temporary files of runs for which `is_wanted` is true.
std::vector<std::string> temporaries_in(int directory, const std::function<bool(RunToken)>& is_wanted) {
  std::vector<std::string> names;
  UniqueFd listed(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, Close> entries(listed ? ::fdopendir(listed.get()) : nullptr);
  if (!entries) return names;
  (void)listed.release();
  while (const dirent* const entry = ::readdir(entries.get())) {
    const auto run = run_of_temporary(entry->d_name);
    if (run && is_wanted(*run)) names.emplace_back(entry->d_name);
  }
  return names;
}

}  // namespace

Leftovers::Leftovers(int output_directory, RunToken own, MayBeAlive may_be_alive)
    : root_(output_directory),
      own_(own),
      may_be_alive_(std::move(may_be_alive)),
      others_may_write_(!locks_are_seen_by_all(output_directory)) {}

/// Files that changed later than this, by the file server's clock, may be in use.
std::int64_t Leftovers::newest_left(int directory) const {
  if (!others_may_write_) return std::numeric_limits<std::int64_t>::max();
  const std::string name = probe_name(own_, probe_words.back());
  const UniqueFd file(
      ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat status {};
  const bool is_known = file && ::futimens(file.get(), nullptr) == 0 && ::fstat(file.get(), &status) == 0;
  if (file) ::unlinkat(directory, name.c_str(), 0);
  return is_known ? changed_ns(status) - owner_times().time_out.count()
                  : std::numeric_limits<std::int64_t>::min();
}

void Leftovers::remove_beside(const std::string& output) {
  const std::string directory = parent_of(output);
  if (!seen_.insert(directory).second) return;
  if (const UniqueFd opened = open_below(root_, directory)) remove_in(opened.get());
}

void Leftovers::remove_in(int directory) {
  const std::vector<std::string> names = temporaries_in(
      directory, [this](RunToken run) { return run != own_ && !(may_be_alive_ && may_be_alive_(run)); });
  if (names.empty()) return;
  const std::int64_t newest_ns = newest_left(directory);
  for (const std::string& name : names) {
    if (nobody_writes(directory, name.c_str(), newest_ns) && ::unlinkat(directory, name.c_str(), 0) == 0)
      ++removed_;
  }
}

std::uint64_t remove_temporaries_beside(int output_directory, const std::string& output,
                                        const std::set<RunToken>& runs) {
  const UniqueFd directory = open_below(output_directory, parent_of(output));
  if (!directory) return 0;
  std::uint64_t removed = 0;
  for (const std::string& name :
       temporaries_in(directory.get(), [&](RunToken run) { return runs.contains(run); })) {
    if (::unlinkat(directory.get(), name.c_str(), 0) == 0) ++removed;
  }
  return removed;
}

}  // namespace wm
