#include "supervisor/input/followed_link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <climits>

#include "common/os/errno_error.h"

namespace wm {
namespace {

constexpr int most_links = 40;  // the kernel's limit

UniqueFd open_path(int directory, const std::string& name, int more_flags = 0) {
  return UniqueFd(::openat(directory, name.c_str(), O_PATH | O_CLOEXEC | more_flags));
}

class LinkWalk {
 public:
  FollowedLink run(int directory, const std::string& name) {
    UniqueFd here(open_path(directory, "."));
    UniqueFd target = resolve(std::move(here), name);
    if (target && ::fstat(target.get(), &result_.status) != 0) fail();
    result_.target = std::move(target);
    return std::move(result_);
  }

 private:
  UniqueFd fail(int error = errno) {
    result_.error = error;
    return UniqueFd();
  }

  /// The target of `path`, resolved from `at`; empty when it leads nowhere.
  UniqueFd resolve(UniqueFd at, std::string_view path) {
    if (path.starts_with('/')) at = open_path(AT_FDCWD, "/", O_DIRECTORY);
    if (!at) return fail();
    while (!path.empty()) {
      const std::string name(path.substr(0, path.find('/')));
      path.remove_prefix(std::min(name.size() + 1, path.size()));
      if (name.empty() || name == ".") continue;
      UniqueFd next = open_path(at.get(), name, O_NOFOLLOW);
      struct stat status {};
      if (!next || ::fstat(next.get(), &status) != 0) return fail();
      if (S_ISLNK(status.st_mode)) next = follow(at, std::move(next), status);
      if (!next) return next;
      at = std::move(next);
    }
    return at;
  }

  /// The target of `link`, which lies in `directory`.
  UniqueFd follow(const UniqueFd& directory, UniqueFd link, const struct stat& status) {
    if (++links_ > most_links) return fail(ELOOP);
    std::array<char, PATH_MAX> text{};
    const ::ssize_t length = ::readlinkat(link.get(), "", text.data(), text.size());
    if (length < 0) return fail();
    if (length == 0) return fail(ENOENT);
    if (static_cast<std::size_t>(length) == text.size()) return fail(ENAMETOOLONG);
    UniqueFd target =
        resolve(open_path(directory.get(), "."), {text.data(), static_cast<std::size_t>(length)});
    if (!target) return target;
    struct stat reached {};
    if (::fstat(target.get(), &reached) != 0) return fail();
    if (reached.st_uid != status.st_uid && !result_.other_owner) {
      result_.other_owner = true;
      result_.link_owner = status.st_uid;
      result_.target_owner = reached.st_uid;
    }
    return target;
  }

  FollowedLink result_;
  int links_ = 0;
};

}  // namespace

FollowedLink follow_link(int directory, const std::string& name, LinkPolicy policy) {
  if (policy == LinkPolicy::owner) return LinkWalk().run(directory, name);
  FollowedLink result;
  result.target = open_path(directory, name);
  if (!result.target || ::fstat(result.target.get(), &result.status) != 0) result.error = errno;
  return result;
}

std::string problem_with(int directory, const std::string& path, int error) {
  struct ::stat status {};
  const bool is_dangling = error == ENOENT &&
                           ::fstatat(directory, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                           S_ISLNK(status.st_mode);
  return is_dangling ? "is a symbolic link to a file that does not exist" : errno_text(error);
}

}  // namespace wm
