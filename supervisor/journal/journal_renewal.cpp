#include "supervisor/journal/journal_renewal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/os/errno_error.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr int most_tries = 10;
constexpr std::size_t log_header_bytes = 32;  // changes whenever SQLite begins to overwrite its log
constexpr std::size_t piece_bytes = std::size_t{256} << 10;

std::size_t read_some(const UniqueFd& file, std::vector<char>& buffer, const std::string& shown) {
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw_errno("cannot read " + shown_path(shown));
  }
}

/// None when there is no log.
std::optional<std::string> log_header(const JobDirectory& directory, const std::string& name) {
  const UniqueFd file = directory.open_file(name, O_RDONLY);
  if (!file) return std::nullopt;
  std::vector<char> header(log_header_bytes);
  const std::size_t got = read_some(file, header, directory.path_of(name));
  return std::string(header.data(), got);
}

/// Makes NAME.tmp, unless there is no such file.
bool copy(const JobDirectory& directory, const std::string& name) {
  const UniqueFd from = directory.open_file(name, O_RDONLY);
  if (!from) return false;
  const UniqueFd to = directory.create_anew(name + ".tmp", 0644, O_WRONLY);
  std::vector<char> buffer(piece_bytes);
  while (const std::size_t got = read_some(from, buffer, directory.path_of(name))) {
    write_all(to.get(), {buffer.data(), got}, directory.path_of(name + ".tmp"));
  }
  // The log's time may tell of which boot it is (wal_gap.h).
  struct stat status {};
  check_errno(::fstat(from.get(), &status), "cannot read " + shown_path(directory.path_of(name)));
  const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
  check_errno(::futimens(to.get(), times.data()),
              "cannot write " + shown_path(directory.path_of(name + ".tmp")));
  check_errno(::fdatasync(to.get()), "cannot write " + shown_path(directory.path_of(name + ".tmp")));
  return true;
}

}  // namespace

bool is_unclosed(const JobDirectory& directory) {
  const std::string log = std::string(journal_file) + "-wal";
  struct stat status {};
  return ::fstatat(directory.fd(), log.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_size > 0;
}

void renew_journal(const JobDirectory& directory) {
  const std::string database = journal_file;
  const std::string log = database + "-wal";
  const std::string rollback = database + "-journal";
  for (int tries = 0; tries < most_tries; ++tries) {
    // The log last: it has every page that a commit in progress may be writing into job.db. That holds as
    // long as it is not begun anew meanwhile.
    const auto header = log_header(directory, log);
    const bool has_database = copy(directory, database);
    const bool has_log = copy(directory, log);
    const bool has_rollback = copy(directory, rollback);
    if (log_header(directory, log) != header) continue;
    if (has_rollback) directory.rename(rollback + ".tmp", rollback);
    if (has_log) directory.rename(log + ".tmp", log);
    if (has_database) directory.rename(database + ".tmp", database);
    return;
  }
  throw std::system_error(
      EBUSY, std::generic_category(),
      "cannot copy " + shown_path(directory.path_of(database)) + ", which keeps changing");
}

}  // namespace wm
