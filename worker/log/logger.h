#pragma once

// The interface through which stages write log records. A running worker uses RingLogger.

#include <string_view>

#include "common/job/log_level.h"

namespace wm {

class Logger {
 public:
  virtual ~Logger() = default;
  /// Never throws; discards records below the job's level.
  virtual void log(LogLevel level, std::string_view message) noexcept = 0;
  [[nodiscard]] virtual bool enabled(LogLevel level) const noexcept = 0;
};

}  // namespace wm
