#include "supervisor/analyzer/module_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace wm {
namespace {

namespace fs = std::filesystem;

constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;

bool is_below(const std::string& path, const std::vector<std::string>& directories) {
  return std::ranges::any_of(directories, [&](const std::string& directory) {
    return path.size() > directory.size() + 1 && path.starts_with(directory) && path[directory.size()] == '/';
  });
}

/// The kernel's path of an open file; "" when it cannot be read.
std::string path_of(int fd) {
  std::error_code error;
  return fs::read_symlink(fmt::format("/proc/self/fd/{}", fd), error).string();
}

/// Invalid, with errno ELOOP, when the path leads through a link.
UniqueFd open_without_links(const std::string& path) {
  open_how how{};
  how.flags = open_flags;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  UniqueFd file(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  const bool is_unknown = !file && (errno == ENOSYS || errno == EPERM || errno == EINVAL);
  if (!is_unknown) return file;
  // An old kernel, or a sandbox that rejects the call.
  file.reset(::open(path.c_str(), open_flags));
  if (file && path_of(file.get()) != path) {
    file.reset();
    errno = ELOOP;
  }
  return file;
}

bool is_trustworthy(int fd) {
  struct ::stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
         (status.st_uid == 0 || status.st_uid == ::geteuid()) && (status.st_mode & S_IWOTH) == 0;
}

}  // namespace

std::vector<std::string> module_directories() {
  std::vector<std::string> directories{
      "/lib",           "/lib32",         "/lib64",           "/libx32",           "/usr/bin",
      "/usr/lib",       "/usr/lib32",     "/usr/lib64",       "/usr/libx32",       "/usr/libexec",
      "/usr/local/bin", "/usr/local/lib", "/usr/local/lib64", "/usr/local/libexec"};
  std::error_code error;
  const std::string own = fs::read_symlink("/proc/self/exe", error).parent_path().string();
  if (!error && own.size() > 1) directories.push_back(own);
  return directories;
}

ModuleFile open_module(const std::string& path, const std::vector<std::string>& directories) {
  const bool is_plain = path.starts_with('/') && fs::path(path).lexically_normal().string() == path;
  if (!is_plain || !is_below(path, directories)) return {ModuleAccess::refused, {}};
  UniqueFd file = open_without_links(path);
  if (!file) return {errno == ENOENT ? ModuleAccess::missing : ModuleAccess::refused, {}};
  if (!is_trustworthy(file.get())) return {ModuleAccess::refused, {}};
  return {ModuleAccess::opened, std::move(file)};
}

bool may_be_read(int fd, const std::vector<std::string>& directories) {
  return is_trustworthy(fd) && is_below(path_of(fd), directories);
}

}  // namespace wm
