#include "supervisor/trusted_files/open_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string_view>
#include <system_error>
#include <utility>

#include <climits>
#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"
#include "supervisor/trusted_files/ownership.h"

namespace wm {
namespace {

constexpr unsigned most_links = 40;  // the kernel's limit, too
constexpr mode_t mode_of_parents = 0777;

/// The components, without "." and empty ones; ".." stays.
std::deque<std::string> components_of(std::string_view path) {
  std::deque<std::string> components;
  while (!path.empty()) {
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), component.size() + 1));
    if (!component.empty() && component != ".") components.emplace_back(component);
  }
  return components;
}

class Walk {
 public:
  Walk(const std::string& path, const DirectoryRules& rules)
      : path_(path), rules_(rules), rest_(components_of(path)) {
    start_at(rules.from, path.starts_with('/') ? "/" : ".");
  }

  UniqueFd finish() {
    while (!rest_.empty()) step();
    return UniqueFd(
        check_errno(::openat(here_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), cannot_open()));
  }

 private:
  [[nodiscard]] std::string cannot_open() const { return "cannot open " + shown_path(path_); }

  void start_at(int from, const char* directory) {
    here_.reset(check_errno(::openat(from, directory, O_PATH | O_DIRECTORY | O_CLOEXEC), cannot_open()));
  }

  void step() {
    const std::string name = std::move(rest_.front());
    rest_.pop_front();
    UniqueFd next = open_or_make(name);
    struct ::stat status {};
    check_errno(::fstat(next.get(), &status), cannot_open());
    if (S_ISLNK(status.st_mode)) return follow(name, next.get(), status);
    if (!S_ISDIR(status.st_mode)) {
      throw std::system_error(
          ENOTDIR, std::generic_category(),
          fmt::format("{}: {} is {}", cannot_open(), shown_path(name), file_kind(status.st_mode)));
    }
    here_ = std::move(next);
  }

  UniqueFd open_or_make(const std::string& name) {
    constexpr int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    UniqueFd found(::openat(here_.get(), name.c_str(), flags));
    if (found || errno != ENOENT || rules_.missing == DirectoryRules::Missing::fail) {
      if (!found) throw_errno(cannot_open());
      return found;
    }
    const mode_t mode = rest_.empty() ? rules_.mode : mode_of_parents;
    if (::mkdirat(here_.get(), name.c_str(), mode) != 0) {
      // Somebody was faster: opening it shows what it is.
      if (errno != EEXIST) throw_errno("cannot make " + shown_path(path_));
      return UniqueFd(check_errno(::openat(here_.get(), name.c_str(), flags), cannot_open()));
    }
    found.reset(check_errno(::openat(here_.get(), name.c_str(), flags), cannot_open()));
    struct ::stat status {};
    check_errno(::fstat(found.get(), &status), cannot_open());
    // On a network file system, root may be mapped to nobody; for any other user, another owner means that
    // the directory was replaced.
    if (status.st_uid != ::geteuid() && ::geteuid() != 0) {
      throw UsageError(fmt::format("{}: {} was replaced by {} while it was made; choose another directory",
                                   shown_path(path_), shown_path(name), user_words(status.st_uid)));
    }
    return found;
  }

  void follow(const std::string& name, int link, const struct ::stat& status) {
    if (rest_.empty() && rules_.last_link == DirectoryRules::LastLink::refuse) {
      throw UsageError(fmt::format("{} is a symbolic link; name the directory itself", shown_path(path_)));
    }
    struct ::stat directory {};
    check_errno(::fstat(here_.get(), &directory), cannot_open());
    if (!link_is_followed(status.st_uid, directory.st_uid, directory.st_mode, ::geteuid())) {
      throw UsageError(fmt::format(
          "{}: {} is a symbolic link of {} in a directory that others may write; name another directory",
          shown_path(path_), shown_path(name), user_words(status.st_uid)));
    }
    if (++links_ > most_links) {
      errno = ELOOP;
      throw_errno(cannot_open());
    }
    char target[PATH_MAX];
    const ssize_t length = ::readlinkat(link, "", target, sizeof target);
    if (length < 0) throw_errno(cannot_open());
    const std::string_view text(target, static_cast<std::size_t>(length));
    std::deque<std::string> added = components_of(text);
    rest_.insert(rest_.begin(), added.begin(), added.end());
    if (text.starts_with('/')) start_at(AT_FDCWD, "/");
  }

  const std::string& path_;
  const DirectoryRules& rules_;
  std::deque<std::string> rest_;
  UniqueFd here_;
  unsigned links_ = 0;
};

}  // namespace

UniqueFd open_directory(const std::string& path, const DirectoryRules& rules) {
  return Walk(path, rules).finish();
}

}  // namespace wm
