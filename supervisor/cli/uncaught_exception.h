#pragma once

// What an exception that ends the program means for the user.

namespace wm {

/// For the handler of a std::exception: says what it says, and returns the exit code for it.
[[nodiscard]] int complain_of_exception() noexcept;

}  // namespace wm
