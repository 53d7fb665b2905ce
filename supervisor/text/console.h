#pragma once

// Words for whoever started the program. A terminal that went away or a full disk behind stderr must never
// stop a job, so nothing here throws or reports an error. Any thread.

#include <string_view>

namespace wm {

/// To stderr, as it is.
void say(std::string_view text) noexcept;
/// To stderr as one line: "wm-supervisor: TEXT".
void complain(std::string_view text) noexcept;
/// To stdout. False: it did not arrive.
bool print_out(std::string_view text) noexcept;
/// Opens /dev/null in place of standard descriptors that are closed, so that no other file takes their
/// numbers and gets what is meant for a person. First thing in main.
void secure_standard_descriptors() noexcept;

}  // namespace wm
