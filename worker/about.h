#pragma once

// The capabilities of this worker program, for `wm-supervisor doctor`.

namespace wm {

inline constexpr const char* about_word = "--about";

/// Prints one JSON object to stdout: versions of the program and of libvips, formats that it reads and
/// writes, whether it can draw text. Returns the exit code.
int print_about();

}  // namespace wm
