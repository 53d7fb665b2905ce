#include "supervisor/report/quarantine_list.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/text/escape.h"
#include "supervisor/trusted_files/open_directory.h"

namespace wm {
namespace {

constexpr const char* list_file = "quarantine.txt";
constexpr std::size_t max_name_bytes = 255;
constexpr unsigned max_names = 1000;  // of other files that may be in the way

std::string utc(std::int64_t time_ns) {
  const time_t seconds = time_ns / 1'000'000'000;
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%FT%TZ", &parts)};
}

/// Whether `name` is the input already: the same file, or a copy with its size and time.
bool is_there(int directory, const std::string& name, const struct stat& input) {
  struct stat there {};
  if (::fstatat(directory, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return false;
  const bool same_file = there.st_dev == input.st_dev && there.st_ino == input.st_ino;
  const bool same_copy = S_ISREG(there.st_mode) && there.st_size == input.st_size &&
                         there.st_mtim.tv_sec == input.st_mtim.tv_sec &&
                         there.st_mtim.tv_nsec == input.st_mtim.tv_nsec;
  return same_file || same_copy;
}

/// False with errno, and nothing left, when it did not work.
bool copy_contents(int input, int output, const struct stat& status) {
  off_t copied = 0;
  while (copied < status.st_size) {
    const auto count = ::sendfile(output, input, &copied, std::size_t{1} << 30U);
    if (count < 0 && errno != EINTR) return false;
    if (count == 0) break;  // it has become shorter
  }
  const timespec times[2] = {status.st_atim, status.st_mtim};
  return ::futimens(output, times) == 0;
}

/// False with errno. Nothing that exists is replaced.
bool link_or_copy(int input, const struct stat& status, int directory, const std::string& name) {
  const std::string itself = fmt::format("/proc/self/fd/{}", input);
  if (::linkat(AT_FDCWD, itself.c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
  if (errno == EEXIST) return false;
  // Another file system, or a file that this user must not link.
  const UniqueFd output(
      ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (!output) return false;
  if (copy_contents(input, output.get(), status)) return true;
  const int error = errno;
  ::unlinkat(directory, name.c_str(), 0);
  errno = error;
  return false;
}

}  // namespace

std::string quarantine_line(const QuarantinedInput& input) {
  return fmt::format(
      "{}\t{}\t{}\t{}\t{}\n",
      shown_path(std::string_view(input.path).substr(std::min(input.path.size(), input.shown_from))),
      name(input.failure.kind), input.attempts, utc(input.tried_ns), one_line(input.failure.message));
}

std::string quarantine_name(const std::string& input, TaskId task, unsigned number) {
  const std::string base = input.substr(input.rfind('/') + 1);
  const std::size_t dot = base.rfind('.');
  const bool has_ending = dot != std::string::npos && dot > 0 && base.size() - dot <= 16;
  const std::string ending = has_ending ? base.substr(dot) : "";
  std::string mark = fmt::format("-{}", wm::number(task));
  if (number > 1) mark += fmt::format("-{}", number);
  const std::size_t room = max_name_bytes - mark.size() - ending.size();
  return base.substr(0, std::min(base.size() - ending.size(), room)) + mark + ending;
}

QuarantineList::QuarantineList(JobDirectory job_directory, std::string directory)
    : job_directory_(std::move(job_directory)), directory_(std::move(directory)) {}

std::optional<std::string> QuarantineList::add(const QuarantinedInput& input) {
  std::string problems;
  const auto attempt = [&](const auto& step) {
    try {
      step();
    } catch (const std::exception& error) {
      problems += (problems.empty() ? "" : "; ") + one_line(error.what());
    }
  };
  attempt([&] { append(input); });
  if (!directory_.empty()) attempt([&] { keep(input); });
  return problems.empty() ? std::nullopt : std::optional(problems);
}

void QuarantineList::append(const QuarantinedInput& input) {
  if (!file_) file_ = job_directory_.open_or_create(list_file, O_WRONLY | O_APPEND, 0644);
  write_all(file_.get(), quarantine_line(input), job_directory_.path_of(list_file));
}

void QuarantineList::keep(const QuarantinedInput& input) {
  const std::string what =
      fmt::format("cannot keep {} in {}", shown_path(input.path), shown_path(directory_));
  const UniqueFd file(
      check_errno(::open(input.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), what));
  struct stat status {};
  check_errno(::fstat(file.get(), &status), what);
  if (!S_ISREG(status.st_mode)) return;
  const UniqueFd directory = open_directory(directory_, {.missing = DirectoryRules::Missing::create});
  for (unsigned number = 1; number <= max_names; ++number) {
    const std::string file_name = quarantine_name(input.path, input.task, number);
    if (link_or_copy(file.get(), status, directory.get(), file_name)) return;
    if (errno != EEXIST) throw_errno(what);
    if (is_there(directory.get(), file_name, status)) return;
  }
  errno = EEXIST;
  throw_errno(what);
}

void QuarantineList::rewrite(const QuarantineSource& inputs) {
  std::optional<AtomicFile> file;
  inputs([&](const QuarantinedInput& input) {
    if (!file) file.emplace(job_directory_, list_file, 0644);
    file->write(quarantine_line(input));
  });
  file_.reset();
  if (file) {
    file->commit();
  } else if (!job_directory_.remove(list_file) && errno != ENOENT) {
    throw_errno("cannot remove " + shown_path(job_directory_.path_of(list_file)));
  }
}

}  // namespace wm
