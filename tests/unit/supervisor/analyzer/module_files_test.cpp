#include "supervisor/analyzer/module_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  TempDir dir;
  std::string installed = fs::canonical(dir.path()).string() + "/lib";
  std::string outside = fs::canonical(dir.path()).string() + "/library";

  Fixture() {
    for (const std::string& directory : {installed, outside}) {
      fs::create_directory(directory);
      std::ofstream(directory + "/a.so") << "code";
      fs::permissions(directory + "/a.so", fs::perms::owner_read);
    }
  }
  [[nodiscard]] ModuleAccess access(const std::string& path) const {
    return open_module(path, {"/nowhere", installed}).access;
  }
};

TEST_CASE("a module is opened where programs are installed") {
  const Fixture f;
  CHECK(f.access(f.installed + "/a.so") == ModuleAccess::opened);
  CHECK(open_module(f.installed + "/a.so", {f.installed}).file);
  CHECK(f.access(f.installed + "/b.so") == ModuleAccess::missing);
  CHECK(f.access(f.outside + "/a.so") == ModuleAccess::refused);
}

TEST_CASE("no other way leads to a module, and none out of the directories") {
  const Fixture f;
  CHECK(f.access(f.installed + "/../library/a.so") == ModuleAccess::refused);
  CHECK(f.access(f.installed + "//a.so") == ModuleAccess::refused);
  CHECK(f.access(f.installed + "/./a.so") == ModuleAccess::refused);
  CHECK(f.access(f.installed) == ModuleAccess::refused);
  CHECK(f.access(f.installed + "/") == ModuleAccess::refused);
  CHECK(f.access("a.so") == ModuleAccess::refused);
  CHECK(f.access("") == ModuleAccess::refused);
  fs::create_symlink(f.outside + "/a.so", f.installed + "/link.so");
  CHECK(f.access(f.installed + "/link.so") == ModuleAccess::refused);
  fs::create_directory_symlink(f.outside, f.installed + "/linked");
  CHECK(f.access(f.installed + "/linked/a.so") == ModuleAccess::refused);
}

TEST_CASE("special files and files that others may change are no modules") {
  const Fixture f;
  REQUIRE(::mkfifo((f.installed + "/pipe").c_str(), 0600) == 0);
  CHECK(f.access(f.installed + "/pipe") == ModuleAccess::refused);
  fs::create_directory(f.installed + "/directory");
  CHECK(f.access(f.installed + "/directory") == ModuleAccess::refused);
  fs::permissions(f.installed + "/a.so", fs::perms::others_write, fs::perm_options::add);
  CHECK(f.access(f.installed + "/a.so") == ModuleAccess::refused);
  fs::permissions(f.installed + "/a.so", fs::perms::others_write, fs::perm_options::remove);
  if (::geteuid() != 0) test::skip("only root can give a file away");
  REQUIRE(::chown((f.installed + "/a.so").c_str(), 65534, 65534) == 0);
  CHECK(f.access(f.installed + "/a.so") == ModuleAccess::refused);
}

TEST_CASE("a file that a library has opened is judged by where it lies") {
  const Fixture f;
  const UniqueFd installed(::open((f.installed + "/a.so").c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd outside(::open((f.outside + "/a.so").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(may_be_read(installed.get(), {f.installed}));
  CHECK_FALSE(may_be_read(outside.get(), {f.installed}));
  CHECK_FALSE(may_be_read(-1, {f.installed}));
}

TEST_CASE("the C library of this machine is in one of the directories") {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path == std::string::npos || line.find("libc.so") == std::string::npos) continue;
    CHECK(open_module(line.substr(path), module_directories()).access == ModuleAccess::opened);
    return;
  }
  FAIL("this process has no C library");
}

}  // namespace
}  // namespace wm
