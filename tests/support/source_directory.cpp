#include "tests/support/source_directory.h"

namespace wm::test {

std::string source_directory() {
  return WM_SOURCE_DIR;
}

}  // namespace wm::test
