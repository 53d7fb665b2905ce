#pragma once

// Anonymous memory files (memfd): they have no name that could leak, and vanish with their last user.

#include <cstddef>
#include <span>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm {

/// A zeroed file of `size` bytes, fully allocated and sealed against resizing: an access to its mapping can
/// never raise SIGBUS. Throws std::system_error (ENOSPC when memory is exhausted).
[[nodiscard]] UniqueFd create_memory_file(const char* debug_name, std::size_t size);

/// A file that contains `bytes` and can never be changed again. Throws std::system_error.
[[nodiscard]] UniqueFd create_sealed_file(const char* debug_name, std::span<const std::byte> bytes);

/// All bytes of the open file `fd`, from its start; the descriptor's offset does not move. Throws
/// std::system_error; std::length_error above `limit` bytes.
[[nodiscard]] std::vector<std::byte> read_whole_file(int fd, std::size_t limit);

}  // namespace wm
