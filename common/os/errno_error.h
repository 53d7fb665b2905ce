#pragma once

// errno as std::system_error, and as text.

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace wm {

/// Throws std::system_error with the current errno and `what` ("open /a/b").
[[noreturn]] void throw_errno(std::string_view what);

/// "Permission denied" for EACCES. May be called from any thread.
[[nodiscard]] std::string errno_text(int error = errno);

/// Whether the error says that nothing is at a path. Any other one leaves that open.
[[nodiscard]] constexpr bool is_absence(int error) noexcept {
  return error == ENOENT || error == ENOTDIR;
}

/// Returns `result` when it is not negative; throws std::system_error with errno otherwise.
inline int check_errno(int result, std::string_view what) {
  if (result < 0) throw_errno(what);
  return result;
}

}  // namespace wm
