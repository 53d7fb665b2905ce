#pragma once

// The file of --metrics-file: written under a temporary name in the same directory and renamed, so that a
// reader never sees half of it. Its mode is 0644 whatever the umask, because node_exporter runs as another
// user. Links are not followed. Each job, and each shard of a job, has a file of its own: no other file is
// replaced. A value; any thread.

#include <functional>
#include <string>
#include <string_view>

#include "supervisor/report/metrics_text.h"

namespace wm {

class MetricsFile {
 public:
  MetricsFile(std::string path, const MeasuredJob& job);

  /// Touches nothing. Throws UsageError when the name does not end in .prom, when the file could not be
  /// written, or when one is there that holds something else than metrics of this job and shard.
  void check() const;
  /// Checks again what is there. `may_replace` is called right before the file gets its name, and throws what
  /// keeps it from that. Throws std::system_error, UsageError.
  void write(std::string_view text, const std::function<void()>& may_replace = {}) const;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// In the same directory. The job's own and always the same, so that the next run removes what a killed one
  /// leaves. It does not end in .prom, so node_exporter does not read it.
  [[nodiscard]] const std::string& temporary_name() const noexcept { return temporary_name_; }

 private:
  void check_replaceable(int directory) const;
  [[noreturn]] void refuse(std::string_view why) const;

  std::string path_, parent_, name_, labels_, temporary_name_;
};

}  // namespace wm
