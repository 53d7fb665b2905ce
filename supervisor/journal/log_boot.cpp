#include "supervisor/journal/log_boot.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <system_error>

#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/ownership/machine_start.h"

namespace wm {
namespace {

constexpr std::size_t longest = 256;

std::string file_name() {
  return std::string(journal_file) + "-boot";
}

/// As SQLite does it with its own files.
mode_t mode_of_journal(const JobDirectory& directory) {
  struct ::stat status {};
  const bool is_there = ::fstatat(directory.fd(), journal_file, &status, AT_SYMLINK_NOFOLLOW) == 0;
  return is_there ? status.st_mode & 0644U : 0644U;
}

}  // namespace

std::optional<std::string> boot_of_log(const JobDirectory& directory) {
  auto text = directory.read_file(file_name(), longest);
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

void record_boot_of_log(const JobDirectory& directory) {
  const std::string boot_id = machine_start().boot_id;
  if (boot_of_log(directory) == boot_id) return;
  try {
    AtomicFile file(directory, file_name(), mode_of_journal(directory));
    file.write(boot_id + "\n");
    file.commit();
  } catch (const std::system_error&) {
    directory.remove(file_name());
  }
}

}  // namespace wm
