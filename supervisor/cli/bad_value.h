#pragma once

// Thrown for a value that its option does not accept. The message states what would be accepted; the caller
// adds the option and its place and turns it into a UsageError.

#include <stdexcept>

namespace wm {

class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wm
