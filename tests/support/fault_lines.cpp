#include <fstream>
#include <string>

#include "tests/support/faults.h"
#include "tests/support/source_directory.h"

namespace wm::test {

int line_of_fault(std::string_view kind) {
  std::ifstream source(source_directory() + "/tests/support/faults.cpp");
  std::string line;
  for (int number = 1; std::getline(source, line); ++number) {
    if (line.ends_with("// FAULT: " + std::string(kind))) return number;
  }
  return 0;
}

}  // namespace wm::test
