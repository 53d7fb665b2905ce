#include "supervisor/journal/journal_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

constexpr int pages_per_step = 1024;
constexpr int patience_ms = 10'000;

constexpr std::string_view before_token = "job.db.";
constexpr std::string_view after_token = ".tmp";

std::string name_of_copy(RunToken run) {
  return fmt::format("{}{:016x}{}", before_token, static_cast<std::uint64_t>(run), after_token);
}

bool is_name_of_copy(std::string_view name) {
  constexpr std::size_t digits = 16;
  if (name.size() != before_token.size() + digits + after_token.size()) return false;
  const std::string_view token = name.substr(before_token.size(), digits);
  return name.starts_with(before_token) && name.ends_with(after_token) &&
         token.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// A reader of a database in WAL mode would leave a log next to it, which counts for the next copy. Bytes 18
/// and 19 of the file: https://www.sqlite.org/fileformat2.html, "File format version numbers".
void end_wal_mode(int file, const std::string& path) {
  constexpr std::array<unsigned char, 2> rollback_journal{1, 1};
  constexpr auto size = static_cast<ssize_t>(rollback_journal.size());
  if (::pwrite(file, rollback_journal.data(), rollback_journal.size(), 18) != size)
    throw_errno("cannot write " + shown_path(path));
}

struct FinishBackup {
  void operator()(sqlite3_backup* backup) const noexcept { ::sqlite3_backup_finish(backup); }
};

}  // namespace

sqlite::Database open_journal_to_copy(const JobDirectory& directory) {
  sqlite::Database database = open_journal_file(directory, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
  ::sqlite3_busy_timeout(database.handle(), patience_ms);
  // From here on it sees one state, and the copy is not begun again when another one is committed.
  database.run("PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM sqlite_master");
  return database;
}

JournalCopy::JournalCopy(JobDirectory directory, RunToken run, mode_t mode)
    : directory_(std::move(directory)),
      name_(name_of_copy(run)),
      file_(directory_.create_anew(name_, mode, O_RDWR)) {}

JournalCopy::~JournalCopy() {
  if (!published_) directory_.remove(name_);
}

bool JournalCopy::write(const sqlite::Database& from, const std::stop_token& stop) {
  const std::string path = directory_.path_of(name_);
  {
    sqlite::Database copy = open_copy_file(directory_, name_);
    copy.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    const std::unique_ptr<sqlite3_backup, FinishBackup> backup(
        ::sqlite3_backup_init(copy.handle(), "main", from.handle(), "main"));
    if (!backup) throw sqlite::Error(copy.handle());
    int code = SQLITE_OK;
    while (code == SQLITE_OK && !stop.stop_requested())
      code = ::sqlite3_backup_step(backup.get(), pages_per_step);
    if (code == SQLITE_OK) return false;
    if (code != SQLITE_DONE) {
      // The error of a step is not that of the connection before the backup is finished.
      throw sqlite::Error(code, fmt::format("cannot write {}: {}", shown_path(path), ::sqlite3_errstr(code)));
    }
  }
  end_wal_mode(file_.get(), path);
  check_errno(::fsync(file_.get()), "cannot write " + shown_path(path));
  return true;
}

void JournalCopy::publish() {
  struct ::stat own {};
  struct ::stat there {};
  check_errno(::fstat(file_.get(), &own), "cannot look at " + shown_path(directory_.path_of(name_)));
  check_errno(::fstatat(directory_.fd(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW),
              "cannot look at " + shown_path(directory_.path_of(name_)));
  if (own.st_ino != there.st_ino || own.st_dev != there.st_dev)
    throw UsageError(fmt::format("{} was replaced", shown_path(directory_.path_of(name_))));
  directory_.rename(name_, journal_file);
  published_ = true;
  check_errno(::fsync(directory_.fd()), "cannot sync " + shown_path(directory_.path()));
}

void remove_unfinished_copies(const JobDirectory& directory) {
  for (const std::string& name : directory.names()) {
    if (is_name_of_copy(name) && !directory.remove(name) && errno != ENOENT)
      throw_errno("cannot remove " + shown_path(directory.path_of(name)));
  }
}

}  // namespace wm
