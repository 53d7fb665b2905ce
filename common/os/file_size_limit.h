#pragma once

// The limit on the sizes of files (RLIMIT_FSIZE, ulimit -f), for messages about EFBIG. SIGXFSZ is ignored in
// both programs, so a write beyond the limit fails. Any thread.

#include <cerrno>
#include <string>

namespace wm {

/// "20480 bytes", "3 MiB"; "" without a limit.
[[nodiscard]] std::string file_size_limit();

/// " (the limit on file sizes is 20480 bytes; raise it with ulimit -f)" when `error` is that the limit was
/// reached, else "".
[[nodiscard]] std::string file_size_hint(int error = errno);

}  // namespace wm
