#include "tests/support/files.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace wm::test {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void write_file(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

FileIdentity identity_of(const fs::path& path) {
  struct ::stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  return {status.st_ino,
          static_cast<std::int64_t>(status.st_ctim.tv_sec) * 1'000'000'000 + status.st_ctim.tv_nsec};
}

std::map<std::string, FileIdentity> identities_below(const fs::path& directory) {
  std::map<std::string, FileIdentity> found;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    found[entry.path().native()] = identity_of(entry.path());
  }
  return found;
}

mode_t mode_of(const fs::path& path) {
  struct ::stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    throw std::system_error(errno, std::generic_category(), path.native());
  return status.st_mode & 07777U;
}

std::vector<std::string> files_below(const fs::path& directory) {
  std::vector<std::string> names;
  if (!fs::exists(directory)) return names;
  for (auto entry = fs::recursive_directory_iterator(directory); entry != fs::end(entry); ++entry) {
    const bool hidden = entry->path().filename().native().starts_with(".wm-supervisor");
    if (hidden && entry->is_directory()) entry.disable_recursion_pending();
    if (!hidden && entry->is_regular_file())
      names.push_back(entry->path().lexically_relative(directory).native());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::map<std::string, std::string> contents_below(const fs::path& directory) {
  std::map<std::string, std::string> contents;
  for (const std::string& name : files_below(directory)) contents[name] = read_file(directory / name);
  return contents;
}

std::vector<std::string> temporary_files_below(const fs::path& directory) {
  std::vector<std::string> names;
  if (!fs::exists(directory)) return names;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().filename().native();
    if (name.starts_with(".wm-supervisor-") || name.ends_with(".tmp")) names.push_back(entry.path().native());
  }
  return names;
}

}  // namespace wm::test
