#pragma once

// A log for code under test whose records nobody reads.

#include <string_view>

#include "worker/log/logger.h"

namespace wm::test {

class NoLogger final : public Logger {
 public:
  void log(LogLevel, std::string_view) noexcept override {}
  [[nodiscard]] bool enabled(LogLevel) const noexcept override { return false; }
};

}  // namespace wm::test
