#pragma once

// A record of the log as it appears in the file, kept for a report. A value.

#include <cstdint>
#include <string>

namespace wm {

struct LoggedLine {
  std::string text;        // without the end of the line
  std::uint64_t task = 0;  // the one it is about; 0: none
};

}  // namespace wm
