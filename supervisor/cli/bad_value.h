#pragma once

// A value that its option does not accept. The text says what would be accepted; whoever knows the option's
// name and place makes a UsageError of it.

#include <stdexcept>

namespace wm {

class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wm
