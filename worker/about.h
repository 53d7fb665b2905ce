#pragma once

// What this worker program can do, for `wm-supervisor doctor`.

namespace wm {

inline constexpr const char* about_word = "--about";

/// Prints one JSON object to stdout: versions of the program and of libvips, formats that it reads and
/// writes, whether text can be drawn. Returns the exit code.
int print_about();

}  // namespace wm
