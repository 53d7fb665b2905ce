#pragma once

// The limit on file sizes (RLIMIT_FSIZE, ulimit -f), for messages about EFBIG. Both programs ignore SIGXFSZ,
// so a write beyond the limit fails. Any thread.

#include <cerrno>
#include <string>

namespace wm {

/// "20480 bytes", "3 MiB"; "" without a limit.
[[nodiscard]] std::string file_size_limit();

/// " (the limit on file sizes is 20480 bytes; raise it with ulimit -f)" when `error` is EFBIG and there is a
/// limit, else "".
[[nodiscard]] std::string file_size_hint(int error = errno);

}  // namespace wm
