#pragma once

// Thrown inside this directory when a file violates the JPEG format: it ends too early, a code does not
// exist, bytes are left over. InPlaceMarker turns it into a value; no other code sees it.

#include <stdexcept>

namespace wm::jpeg {

class DamagedJpeg : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wm::jpeg
