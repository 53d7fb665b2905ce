#pragma once

// The current directory, changed for a scope.

#include <filesystem>
#include <string>

namespace wm {

class CurrentDirectory {
 public:
  explicit CurrentDirectory(const std::string& path) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(path);
  }
  ~CurrentDirectory() { std::filesystem::current_path(before_); }
  CurrentDirectory(const CurrentDirectory&) = delete;
  CurrentDirectory& operator=(const CurrentDirectory&) = delete;

 private:
  std::filesystem::path before_;
};

}  // namespace wm
