#pragma once

// A directory for one test, removed with its contents; and the current directory, changed for a scope.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace wm {

class TemporaryTree {
 public:
  TemporaryTree() {
    std::string name = (std::filesystem::temp_directory_path() / "wm-tree-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    root_ = std::filesystem::canonical(name);
  }
  ~TemporaryTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;

  [[nodiscard]] std::string path(std::string_view relative = "") const {
    return relative.empty() ? root_.native() : root_.native() + "/" + std::string(relative);
  }

  /// Makes the file and the directories above it; returns its path.
  std::string file(std::string_view relative, std::string_view contents = "x") const {
    const std::string name = path(relative);
    std::filesystem::create_directories(std::filesystem::path(name).parent_path());
    std::ofstream(name, std::ios::binary) << contents;
    return name;
  }

  std::string directory(std::string_view relative) const {
    std::filesystem::create_directories(path(relative));
    return path(relative);
  }

 private:
  std::filesystem::path root_;
};

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
