#include "supervisor/report/merged/merged_quarantine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/random_number.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/report/quarantine_list.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t enough_to_write = std::size_t{1} << 16;

std::string temporary_name_of(std::uint64_t number) {
  return fmt::format("{}.{:016x}.tmp", quarantine_list_file, number);
}

bool is_temporary_name(std::string_view name) {
  const std::string_view list = quarantine_list_file;
  std::uint64_t number = 0;
  if (name.size() != temporary_name_of(0).size()) return false;
  std::from_chars(name.data() + list.size() + 1, name.data() + name.size(), number, 16);
  return name == temporary_name_of(number);
}

}  // namespace

MergedQuarantine::~MergedQuarantine() {
  if (!temporary_.empty()) directory_.remove(temporary_);
}

void MergedQuarantine::attempt(const std::function<void()>& change) {
  try {
    if (!failure_) change();
  } catch (const std::exception&) {
    failure_ = std::current_exception();
  }
}

void MergedQuarantine::add(const InputHistory& input) {
  if (input.state != RecordedState::quarantined || failure_) return;
  pending_ += quarantine_line({.task = {},
                               .path = input.input,
                               .shown_from = input.shown_from,
                               .failure = input.failure.value_or(Failure{FailureKind::crash, ""}),
                               .attempts = input.attempts,
                               .tried_ns = input.started_ns,
                               .found = {}});
  if (pending_.size() >= enough_to_write) attempt([this] { write(); });
}

void MergedQuarantine::end_shard(bool count) {
  count ? void(kept_ = written_ + pending_.size()) : attempt([this] { drop(); });
}

/// What was added since the end of the last shard that counts.
void MergedQuarantine::drop() {
  if (written_ <= kept_) return pending_.resize(static_cast<std::size_t>(kept_ - written_));
  pending_.clear();
  const auto end = static_cast<off_t>(kept_);
  if (::ftruncate(file_.get(), end) != 0 || ::lseek(file_.get(), end, SEEK_SET) != end)
    throw_errno("cannot write " + shown_path(directory_.path_of(temporary_)));
  written_ = kept_;
}

/// Two processes may merge the same job at the same time: each has a file of its own.
void MergedQuarantine::write() {
  if (!file_) {
    const std::string name = temporary_name_of(random_number());
    file_ = directory_.create_anew(name, 0644, O_WRONLY);
    temporary_ = name;
  }
  write_all(file_.get(), pending_, directory_.path_of(quarantine_list_file));
  written_ += pending_.size();
  pending_.clear();
}

/// Network file systems may report failed writes only here.
void MergedQuarantine::close() {
  if (::close(file_.release()) != 0 && errno != EINTR)
    throw_errno("cannot write " + shown_path(directory_.path_of(temporary_)));
}

/// Those of merges that were killed. A merge does not take that long.
void MergedQuarantine::remove_left_ones() const {
  constexpr std::time_t oldest_s = 3600;
  for (const std::string& name : directory_.names()) {
    if (!is_temporary_name(name) || name == temporary_) continue;
    struct ::stat status {};
    if (::fstatat(directory_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode) && std::time(nullptr) - status.st_mtim.tv_sec > oldest_s)
      directory_.remove(name);
  }
}

bool MergedQuarantine::commit() {
  if (directory_.has(journal_file)) return false;
  remove_left_ones();
  if (failure_) std::rethrow_exception(failure_);
  if (!pending_.empty()) write();
  if (kept_ > 0) {
    close();
    directory_.rename(temporary_, quarantine_list_file);
    temporary_.clear();
  } else if (directory_.has(quarantine_list_file) && !directory_.remove(quarantine_list_file) &&
             errno != ENOENT) {
    throw_errno("cannot remove " + shown_path(directory_.path_of(quarantine_list_file)));
  }
  return true;
}

}  // namespace wm
