#pragma once

// What a scan found goes through here to the job: counted, and stopped when the job wants no more.

#include "supervisor/input/file_identity.h"
#include "supervisor/input/input_scan.h"

#include <sys/stat.h>

#include <string>
#include <utility>

namespace wm {

class ScanSink {
 public:
  explicit ScanSink(const InputScan::Callbacks& callbacks) : callbacks_(callbacks) {}

  void give(InputFile file) {
    ++totals_.found;
    stopped_ = !callbacks_.on_file(std::move(file));
  }

  /// Gives a file whose status could be read.
  void give(InputFile file, const struct ::stat& status) {
    if (S_ISREG(status.st_mode)) {
      file.size = status.st_size;
      file.mtime_ns = modified_ns(status);
    } else {
      file.problem = std::string("is ") + kind_name(status.st_mode) + ", not a regular file";
    }
    give(std::move(file));
  }

  void ignore() { ++totals_.ignored; }
  void remark(const std::string& text) { callbacks_.on_problem(text); }
  void unreadable(const std::string& text) {
    ++totals_.unreadable_directories;
    remark(text);
  }

  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] const ScanTotals& totals() const { return totals_; }

 private:
  const InputScan::Callbacks& callbacks_;
  ScanTotals totals_;
  bool stopped_ = false;
};

}  // namespace wm
