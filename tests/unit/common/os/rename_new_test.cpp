#include "common/os/rename_new.h"

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/os/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

struct Directory {
  TempDir dir;
  UniqueFd fd{::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

  [[nodiscard]] std::string path(const std::string& name) const { return dir.path() + "/" + name; }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  [[nodiscard]] std::string get(const std::string& name) const {
    std::ifstream file(path(name));
    std::string text;
    std::getline(file, text);
    return text;
  }
};

TEST_CASE("a free name is taken, and a name that is taken stays as it is") {
  const Directory directory;
  directory.put("new", "new");
  CHECK(rename_new(directory.fd.get(), "new", "free"));
  CHECK(directory.get("free") == "new");
  CHECK_FALSE(std::filesystem::exists(directory.path("new")));

  directory.put("new", "newer");
  CHECK_FALSE(rename_new(directory.fd.get(), "new", "free"));
  CHECK(directory.get("free") == "new");
  CHECK(directory.get("new") == "newer");
}

TEST_CASE("a link that leads nowhere and a directory have their names, too") {
  const Directory directory;
  directory.put("new", "new");
  std::filesystem::create_symlink("nowhere", directory.path("link"));
  std::filesystem::create_directory(directory.path("directory"));
  CHECK_FALSE(rename_new(directory.fd.get(), "new", "link"));
  CHECK_FALSE(rename_new(directory.fd.get(), "new", "directory"));
  CHECK(directory.get("new") == "new");
}

TEST_CASE("what cannot be renamed is said") {
  const Directory directory;
  CHECK_THROWS_AS(rename_new(directory.fd.get(), "missing", "free"), std::system_error);
}

}  // namespace
}  // namespace wm
