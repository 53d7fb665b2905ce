#include "supervisor/report/metrics_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/open_directory.h"
#include "supervisor/trusted_files/ownership.h"

namespace wm {
namespace {

constexpr mode_t readable_by_all = 0644;

constexpr std::string_view extension = ".prom";
/// More than what is before the first sample and its label, a path.
constexpr std::size_t beginning_bytes = std::size_t{32} << 10;

std::string beginning_of(int fd) {
  std::string bytes(beginning_bytes, '\0');
  const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
  check_errno(static_cast<int>(got), "cannot read it");
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

/// A temporary file that is removed unless it was renamed.
class Temporary {
 public:
  Temporary(int directory, std::string name) : directory_(directory), name_(std::move(name)) {
    ::unlinkat(directory_, name_.c_str(), 0);
    fd_.reset(::openat(directory_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       readable_by_all));
    check_errno(fd_.get(), "cannot create it");
  }
  ~Temporary() {
    if (!name_.empty()) ::unlinkat(directory_, name_.c_str(), 0);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void commit(std::string_view text, const std::string& name, const std::string& path,
              const std::function<void()>& may_replace) {
    write_all(fd_.get(), text, path);
    check_errno(::fchmod(fd_.get(), readable_by_all), "cannot set its permissions");
    if (::close(fd_.release()) != 0 && errno != EINTR) throw_errno("cannot write it");
    if (may_replace) may_replace();
    check_errno(::renameat(directory_, name_.c_str(), directory_, name.c_str()), "cannot rename it");
    name_.clear();
  }

 private:
  int directory_;
  std::string name_;
  UniqueFd fd_;
};

}  // namespace

MetricsFile::MetricsFile(std::string path, const MeasuredJob& job)
    : path_(std::move(path)), labels_(job_labels(job)) {
  const std::size_t slash = path_.rfind('/');
  parent_ = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  name_ = slash == std::string::npos ? path_ : path_.substr(slash + 1);
  temporary_name_ = fmt::format(".{:016x}.wm-tmp", std::hash<std::string>{}(labels_ + "/" + name_));
}

void MetricsFile::check() const {
  if (name_.empty() || name_ == "." || name_ == "..") refuse("names no file");
  if (!name_.ends_with(extension))
    refuse(fmt::format("does not end in {0}, and node_exporter reads only such files; call it NAME{0}",
                       extension));
  UniqueFd directory;
  try {
    directory = open_directory(parent_);
  } catch (const std::system_error& error) {
    refuse(fmt::format("its directory cannot be opened ({}); create it, or name another file",
                       error.code().message()));
  }
  if (::faccessat(directory.get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
    refuse(fmt::format("its directory is not writable ({})", errno_text()));
  check_replaceable(directory.get());
}

void MetricsFile::check_replaceable(int directory) const {
  struct ::stat status {};
  if (::fstatat(directory, name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return;
    refuse(errno_text());
  }
  if (!S_ISREG(status.st_mode)) refuse(fmt::format("is {}; name a file", file_kind(status.st_mode)));
  const UniqueFd file(
      ::openat(directory, name_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) refuse(fmt::format("cannot be read ({})", errno_text()));
  const std::string bytes = beginning_of(file.get());
  const std::size_t labels = bytes.find('{');
  if (bytes.empty()) return;
  if (!bytes.starts_with(metrics_beginning) || labels == std::string::npos)
    refuse("exists and holds something else than metrics, so it is not replaced; name another file");
  const std::string_view found = std::string_view(bytes).substr(labels + 1);
  if (!found.starts_with(labels_) || found.substr(labels_.size()).starts_with(",shard="))
    refuse("holds the metrics of another job or shard; name another file, or remove it if that job is gone");
}

void MetricsFile::write(std::string_view text, const std::function<void()>& may_replace) const {
  const UniqueFd directory = open_directory(parent_);
  check_replaceable(directory.get());
  Temporary(directory.get(), temporary_name_).commit(text, name_, path_, may_replace);
}

void MetricsFile::refuse(std::string_view why) const {
  throw UsageError(fmt::format("--metrics-file {}: {}", shown_path(path_), why));
}

}  // namespace wm
