#include "tests/support/special_files.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "common/os/unique_fd.h"
#include "tests/support/files.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

bool make_socket(const std::string& path, const std::string& /*victim*/) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A short way to a path that may be longer than an address.
  const UniqueFd directory(::open(fs::path(path).parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string name =
      "/proc/self/fd/" + std::to_string(directory.get()) + "/" + fs::path(path).filename().string();
  if (name.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  const UniqueFd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

constexpr std::array<SpecialFile, 7> kinds{{
    {"a symbolic link",
     [](const std::string& path, const std::string& victim) {
       return ::symlink(victim.c_str(), path.c_str()) == 0;
     }},
    {"a symbolic link that leads nowhere",
     [](const std::string& path, const std::string& victim) {
       return ::symlink((victim + "-missing").c_str(), path.c_str()) == 0;
     }},
    {"a FIFO", [](const std::string& path, const std::string&) { return ::mkfifo(path.c_str(), 0666) == 0; }},
    {"a socket", make_socket},
    {"a directory",
     [](const std::string& path, const std::string&) {
       return ::mkdir(path.c_str(), 0755) == 0 && ::mkdir((path + "/full").c_str(), 0755) == 0;
     }},
    {"a hard link", [](const std::string& path,
                       const std::string& victim) { return ::link(victim.c_str(), path.c_str()) == 0; }},
    {"a file of another user",
     [](const std::string& path, const std::string&) {
       if (::geteuid() != 0) return false;
       write_file(path, "");
       return ::chmod(path.c_str(), 0666) == 0 && ::lchown(path.c_str(), stranger, stranger) == 0;
     }},
}};

}  // namespace

std::span<const SpecialFile> special_files() {
  return kinds;
}

}  // namespace wm::test
