#pragma once

// Makes bytes displayable. Paths are bytes: they may contain newlines, terminal controls or broken UTF-8. May
// be called from any thread.

#include <string>
#include <string_view>

#include "common/text/utf8.h"

namespace wm {

/// One line of UTF-8: control characters (C0, DEL, C1) as \n, \r, \t, \e or \xNN; bytes that are not UTF-8,
/// and invisible characters that end a line, turn its direction or hide in it, as \xNN. Backslashes stay, so
/// text that is already escaped is not escaped twice.
[[nodiscard]] std::string one_line(std::string_view bytes);

/// A path for a person: like one_line(), but each backslash is doubled, so that two different paths never
/// look alike.
[[nodiscard]] std::string shown_path(std::string_view path);

/// A word quoted for a shell (POSIX; undisplayable bytes as $'...' for bash, ksh and zsh), so that a command
/// can be copied from a terminal. One line.
[[nodiscard]] std::string shell_word(std::string_view word);

/// "%" and every byte outside printable ASCII as %NN (RFC 3986); "/" and other ASCII characters stay.
[[nodiscard]] std::string percent_encoded(std::string_view bytes);

}  // namespace wm
