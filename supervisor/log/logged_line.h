#pragma once

// A record of the log as it stands in the file, kept for a report. A value.

#include <cstdint>
#include <string>

namespace wm {

struct LoggedLine {
  std::string text;        // without the end of the line
  std::uint64_t task = 0;  // that it is about; 0: none
};

}  // namespace wm
