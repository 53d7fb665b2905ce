#pragma once

// What a stranger may put in the place of a file: links, special files, files of somebody else.

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

namespace wm::test {

/// Puts something at `path`; `victim` is a file that exists and must not be touched through it. False: this
/// user cannot make it.
struct SpecialFile {
  std::string_view name;
  bool (*make)(const std::string& path, const std::string& victim);
};

/// A symbolic link to the victim, one that leads nowhere, a FIFO, a socket, a directory, a hard link of the
/// victim, and a file of another user, which only root can make.
[[nodiscard]] std::span<const SpecialFile> special_files();

/// A user that is neither root nor this one.
inline constexpr uid_t stranger = 54321;

}  // namespace wm::test
