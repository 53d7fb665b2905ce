#include <fstream>
#include <string>

#include "tests/support/faults.h"

namespace wm::test {

int line_of_fault(std::string_view kind) {
  std::ifstream source(WM_FAULTS_SOURCE);
  std::string line;
  for (int number = 1; std::getline(source, line); ++number) {
    if (line.ends_with("// FAULT: " + std::string(kind))) return number;
  }
  return 0;
}

}  // namespace wm::test
