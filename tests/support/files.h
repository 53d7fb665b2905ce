#pragma once

// Whole files, and what the file system says of them.

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
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

/// All regular files below `directory` that are not below a hidden directory; relative, sorted.
[[nodiscard]] std::vector<std::string> files_below(const std::filesystem::path& directory);

/// What a worker that was killed may leave behind, anywhere below `directory`.
[[nodiscard]] std::vector<std::string> temporary_files_below(const std::filesystem::path& directory);

}  // namespace wm::test
