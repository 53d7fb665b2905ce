#pragma once

// A value that its option does not accept. The text says what would be accepted; the caller knows the option
// and its place, and makes a UsageError of it.

#include <stdexcept>

namespace wm {

class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wm
