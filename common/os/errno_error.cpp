#include "common/os/errno_error.h"

#include "common/os/file_size_limit.h"

namespace wm {

void throw_errno(std::string_view what) {
  const int error = errno;
  throw std::system_error(error, std::generic_category(), std::string(what) + file_size_hint(error));
}

std::string errno_text(int error) {
  return std::generic_category().message(error) + file_size_hint(error);
}

}  // namespace wm
