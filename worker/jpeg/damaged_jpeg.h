#pragma once

// Thrown inside of this directory when a file breaks the JPEG format: it ends too early, a code does not
// exist, bytes are left over. jpeg::Marker turns it into a value; nothing else sees it.

#include <stdexcept>

namespace wm::jpeg {

class DamagedJpeg : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wm::jpeg
