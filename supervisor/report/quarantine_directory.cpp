#include "supervisor/report/quarantine_directory.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/file_mode.h"
#include "common/os/rename_new.h"
#include "common/os/unique_fd.h"
#include "supervisor/input/reopened_input.h"
#include "supervisor/journal/leftovers.h"
#include "supervisor/text/escape.h"
#include "supervisor/trusted_files/open_directory.h"

namespace wm {
namespace {

constexpr std::size_t max_name_bytes = 255;
constexpr unsigned max_names = 1000;  // tried when other files have the same names
constexpr std::size_t copied_at_a_time = std::size_t{8} << 20;
constexpr mode_t widest_mode = 0640;  // of a copy

struct Stopped {};

/// Whether `name` already is the input: the same file, or a copy with its size and time.
bool is_there(int directory, const std::string& name, const struct ::stat& input) {
  struct ::stat there {};
  if (::fstatat(directory, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return false;
  const bool same_file = there.st_dev == input.st_dev && there.st_ino == input.st_ino;
  const bool same_copy = S_ISREG(there.st_mode) && there.st_size == input.st_size &&
                         there.st_mtim.tv_sec == input.st_mtim.tv_sec &&
                         there.st_mtim.tv_nsec == input.st_mtim.tv_nsec;
  return same_file || same_copy;
}

/// Copies the bytes from `at` to `end`. False with errno. Throws Stopped.
bool copy_range(int input, int output, off_t at, off_t end, const std::stop_token& stop) {
  if (::lseek(output, at, SEEK_SET) < 0) return false;
  while (at < end) {
    if (stop.stop_requested()) throw Stopped();
    const auto wanted = std::min<std::size_t>(copied_at_a_time, static_cast<std::size_t>(end - at));
    const ssize_t count = ::sendfile(output, input, &at, wanted);
    if (count < 0 && errno != EINTR) return false;
    if (count == 0) break;  // the file has become shorter
  }
  return true;
}

/// Copies the contents and preserves the holes of a sparse file. False with errno. Throws Stopped.
bool copy_contents(int input, int output, const struct ::stat& status, const std::stop_token& stop) {
  off_t at = 0;
  while (at < status.st_size && (at = ::lseek(input, at, SEEK_DATA)) >= 0) {
    const off_t hole = ::lseek(input, at, SEEK_HOLE);
    if (hole < 0) return false;
    const off_t end = std::min(hole, status.st_size);
    if (!copy_range(input, output, at, end, stop)) return false;
    at = end;
  }
  if (at < 0 && errno != ENXIO) return false;  // ENXIO: only a hole remains
  const timespec times[2] = {status.st_atim, status.st_mtim};
  return ::ftruncate(output, status.st_size) == 0 && ::futimens(output, times) == 0;
}

/// A copy of an input that has no name of its own yet. The destructor removes it if it never gets one.
class TemporaryCopy {
 public:
  /// Throws Stopped; std::system_error or std::runtime_error, which begin with `what`.
  TemporaryCopy(const ReopenedInput& input, const struct ::stat& status, int directory, std::string name,
                const std::stop_token& stop, const std::string& what)
      : directory_(directory), name_(std::move(name)) {
    UniqueFd output(
        check_errno(::openat(directory_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             mode_at_creation(status.st_mode, widest_mode)),
                    what));
    try {
      if (!copy_contents(input.file.get(), output.get(), status, stop)) throw_errno(what);
      struct ::stat after {};
      // A file that was written to meanwhile is neither the old file nor the new one.
      if (::fstat(input.file.get(), &after) != 0 || !is_unchanged(input.stamp, stamp_of(after))) {
        throw std::runtime_error(what + ": it has been changed since");
      }
      // Network file systems may report failed writes only here.
      if (::close(output.release()) != 0 && errno != EINTR) throw_errno(what);
    } catch (...) {
      remove();
      throw;
    }
  }
  ~TemporaryCopy() {
    if (!name_.empty()) remove();
  }
  TemporaryCopy(const TemporaryCopy&) = delete;
  TemporaryCopy& operator=(const TemporaryCopy&) = delete;

  /// False: the name is taken. Throws std::system_error, which begins with `what`.
  [[nodiscard]] bool take_name(const std::string& name, const std::string& what) {
    try {
      if (!rename_new(directory_, name_.c_str(), name.c_str())) return false;
    } catch (const std::system_error& error) {
      throw std::system_error(error.code(), what);
    }
    name_.clear();
    return true;
  }

 private:
  void remove() const { ::unlinkat(directory_, name_.c_str(), 0); }

  int directory_;
  std::string name_;
};

}  // namespace

std::string quarantine_name(const std::string& input, TaskId task, unsigned number) {
  const std::string base = input.substr(input.rfind('/') + 1);
  const std::size_t dot = base.rfind('.');
  const bool has_extension = dot != std::string::npos && dot > 0 && base.size() - dot <= 16;
  const std::string extension = has_extension ? base.substr(dot) : "";
  std::string mark = fmt::format("-{}", wm::number(task));
  if (number > 1) mark += fmt::format("-{}", number);
  const std::size_t room = max_name_bytes - mark.size() - extension.size();
  return base.substr(0, std::min(base.size() - extension.size(), room)) + mark + extension;
}

void keep_in_directory(const QuarantinedInput& input, const std::string& directory,
                       const QuarantineRules& rules, const std::stop_token& stop) {
  const std::string what = fmt::format("cannot keep {} in {}", shown_path(input.path), shown_path(directory));
  const ReopenedInput reopened = reopen_input(input.path, input.found);
  if (!reopened.problem.empty()) throw std::runtime_error(fmt::format("{}: it {}", what, reopened.problem));
  const std::string itself = fmt::format("/proc/self/fd/{}", reopened.file.get());
  struct ::stat status {};
  check_errno(::fstat(reopened.file.get(), &status), what);
  leave_out_denials(itself.c_str(), status);
  const UniqueFd target = open_directory(directory, {.missing = DirectoryRules::Missing::create});
  std::optional<TemporaryCopy> copy;  // on another file system, or if this user may not link the file
  try {
    for (unsigned number = 1; number <= max_names; ++number) {
      const std::string name = quarantine_name(input.path, input.task, number);
      if (is_there(target.get(), name, status)) return;
      if (rules.require) rules.require();
      if (!copy && ::linkat(AT_FDCWD, itself.c_str(), target.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0)
        return;
      if (!copy && errno == EEXIST) continue;
      if (!copy) {
        copy.emplace(reopened, status, target.get(), temporary_name(rules.run, input.task), stop, what);
        if (rules.require) rules.require();
      }
      if (copy->take_name(name, what)) return;
    }
  } catch (const Stopped&) {
    throw std::runtime_error(what + ": the run was stopped before it was copied");
  }
  errno = EEXIST;
  throw_errno(what);
}

struct QuarantineDirectory::Shared {
  std::string path;
  QuarantineRules rules;
  std::set<RunToken> dead_runs;
  OnProblem on_problem;
  std::stop_source stop_copying;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<QuarantinedInput> waiting;
  std::optional<QuarantinedInput> present;
  bool ending = false;
  bool ended = false;

  std::mutex calls;        // held while `on_problem` is called
  bool abandoned = false;  // it must not be called any more, and nothing gets a name

  void require() {
    if (rules.require) rules.require();
    const std::lock_guard lock(calls);
    if (abandoned) throw std::runtime_error("the run has ended");
  }
  void report(const std::string& problem, TaskId task) {
    const std::lock_guard lock(calls);
    if (!abandoned) on_problem(problem, task);
  }
  void remove_leftovers() const noexcept;
};

QuarantineDirectory::QuarantineDirectory(std::string path, RunToken run, OnProblem on_problem)
    : shared_(std::make_shared<Shared>()) {
  shared_->path = std::move(path);
  shared_->rules.run = run;
  shared_->on_problem = std::move(on_problem);
}

void QuarantineDirectory::ask_before_names(std::function<void()> require) {
  shared_->rules.require = std::move(require);
}

void QuarantineDirectory::remove_copies_of(std::set<RunToken> dead_runs) {
  shared_->dead_runs = std::move(dead_runs);
}

void QuarantineDirectory::keep(QuarantinedInput input) {
  if (shared_->path.empty()) return;
  const std::lock_guard lock(shared_->mutex);
  shared_->waiting.push_back(std::move(input));
  if (!thread_.joinable()) thread_ = std::thread([shared = shared_] { run(shared); });
  shared_->changed.notify_all();
}

bool QuarantineDirectory::is_idle() {
  const std::lock_guard lock(shared_->mutex);
  return shared_->waiting.empty() && !shared_->present;
}

void QuarantineDirectory::finish(std::chrono::milliseconds limit) {
  if (!thread_.joinable()) return;
  shared_->stop_copying.request_stop();
  std::deque<QuarantinedInput> given_up;
  {
    std::unique_lock lock(shared_->mutex);
    shared_->ending = true;
    shared_->changed.notify_all();
    if (shared_->changed.wait_for(lock, limit, [this] { return shared_->ended; })) {
      lock.unlock();
      return thread_.join();
    }
    given_up = std::exchange(shared_->waiting, {});
    if (shared_->present) given_up.push_front(*shared_->present);
  }
  thread_.detach();
  const std::lock_guard lock(shared_->calls);
  shared_->abandoned = true;
  for (const QuarantinedInput& input : given_up) {
    shared_->on_problem(fmt::format("cannot keep {} in {}: it takes too long", shown_path(input.path),
                                    shown_path(shared_->path)),
                        input.task);
  }
}

/// Copies that runs of this job were making when they died.
void QuarantineDirectory::Shared::remove_leftovers() const noexcept {
  if (dead_runs.empty()) return;
  try {
    static_cast<void>(remove_temporaries_beside(open_directory(path).get(), "", dead_runs));
  } catch (const std::exception&) {
    // There is no directory yet, or it cannot be read.
  }
}

void QuarantineDirectory::run(const std::shared_ptr<Shared>& shared) {
  shared->remove_leftovers();
  const QuarantineRules rules{.run = shared->rules.run, .require = [&shared] { shared->require(); }};
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->present.reset();
    shared->changed.wait(lock, [&] { return shared->ending || !shared->waiting.empty(); });
    if (shared->waiting.empty()) break;
    const QuarantinedInput input = std::move(shared->waiting.front());
    shared->waiting.pop_front();
    shared->present = input;
    lock.unlock();
    try {
      keep_in_directory(input, shared->path, rules, shared->stop_copying.get_token());
    } catch (const std::exception& error) {
      shared->report(one_line(error.what()), input.task);
    }
    lock.lock();
  }
  shared->ended = true;
  shared->changed.notify_all();
}

}  // namespace wm
