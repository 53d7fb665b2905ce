#pragma once

// Thrown inside this directory when only the data, not the header, show that a file must be marked through
// pixels. InPlaceMarker turns it into a value.

#include <stdexcept>
#include <string>

#include "worker/jpeg/eligibility.h"

namespace wm::jpeg {

class NotInPlace : public std::runtime_error {
 public:
  explicit NotInPlace(Reason reason) : std::runtime_error(std::string(text_of(reason))), reason_(reason) {}
  [[nodiscard]] Reason reason() const noexcept { return reason_; }

 private:
  Reason reason_;
};

}  // namespace wm::jpeg
