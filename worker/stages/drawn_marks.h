#pragma once

// How many of a recipe's marks are visible on one picture, and why the others are not. A picture without any
// visible mark is never reported as marked.

#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/job/mark.h"

namespace wm {

struct DrawnMarks {
  std::size_t count = 0;
  std::vector<std::string> lacking;  // one phrase for each font that visible marks lack, for users
  // One phrase for each mark that is not visible, for users. A mark that was drawn and changed nothing also
  // counts as drawn.
  std::vector<std::string> left_out;
};

/// For a picture without any visible mark.
[[nodiscard]] inline std::string unmarked_text(const DrawnMarks& marks) {
  return fmt::format("no mark would be seen on it: {}", fmt::join(marks.left_out, "; "));
}

}  // namespace wm
