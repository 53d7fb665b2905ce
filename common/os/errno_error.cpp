#include "common/os/errno_error.h"

namespace wm {

void throw_errno(std::string_view what) {
  const int error = errno;
  throw std::system_error(error, std::generic_category(), std::string(what));
}

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace wm
