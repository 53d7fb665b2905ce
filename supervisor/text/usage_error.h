#pragma once

// A mistake of the user: one line with the problem and what to do. Exit code 2; nothing was changed.

#include <stdexcept>

namespace wm {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wm
