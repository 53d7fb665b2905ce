#pragma once

// Whole files, and what the file system says of them.

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace wm::test {

/// "" when it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Makes the directories above it as well.
void write_file(const std::filesystem::path& path, const std::string& bytes);

/// Changes when the file is replaced or written to.
struct FileIdentity {
  ino_t inode = 0;
  std::int64_t changed_ns = 0;  // ctime
  bool operator==(const FileIdentity&) const = default;
};
[[nodiscard]] FileIdentity identity_of(const std::filesystem::path& path);
/// Of all files and directories, by their paths.
[[nodiscard]] std::map<std::string, FileIdentity> identities_below(const std::filesystem::path& directory);

/// The bits that chmod() sets. Throws std::system_error.
[[nodiscard]] mode_t mode_of(const std::filesystem::path& path);

/// All regular files below `directory` that are not below a hidden directory; relative, sorted.
[[nodiscard]] std::vector<std::string> files_below(const std::filesystem::path& directory);
/// ... with their contents.
[[nodiscard]] std::map<std::string, std::string> contents_below(const std::filesystem::path& directory);

/// What a worker that was killed may leave behind, anywhere below `directory`.
[[nodiscard]] std::vector<std::string> temporary_files_below(const std::filesystem::path& directory);

}  // namespace wm::test
