#pragma once

// Where the stages write their records. The implementation of a running worker is RingLogger.

#include <string_view>

#include "common/job/log_level.h"

namespace wm {

class Logger {
 public:
  virtual ~Logger() = default;
  /// Never throws; records below the job's level vanish.
  virtual void log(LogLevel level, std::string_view message) noexcept = 0;
  [[nodiscard]] virtual bool enabled(LogLevel level) const noexcept = 0;
};

}  // namespace wm
