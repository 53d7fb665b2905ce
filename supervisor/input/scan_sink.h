#pragma once

// What a scan found goes through here to the job: counted, and stopped when the job wants no more.

#include <poll.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <utility>

#include "common/os/file_stamp.h"
#include "supervisor/input/file_identity.h"
#include "supervisor/input/input_scan.h"

namespace wm {

class ScanSink {
 public:
  ScanSink(const InputScan::Callbacks& callbacks, int stop_fd) : callbacks_(callbacks), stop_fd_(stop_fd) {}

  void give(InputFile file) {
    ++totals_.found;
    stopped_ = !callbacks_.on_file(std::move(file));
  }

  /// Gives a file whose status could be read.
  void give(InputFile file, const struct ::stat& status) {
    if (S_ISREG(status.st_mode)) {
      file.stamp = stamp_of(status);
      file.size = file.stamp.size;
      file.mtime_ns = file.stamp.mtime_ns;
    } else {
      file.problem = std::string("is ") + kind_name(status.st_mode) + ", not a regular file";
    }
    give(std::move(file));
  }

  void ignore() {
    ++totals_.ignored;
    // Without a file to give, the job has no other way to end the scan.
    if (totals_.ignored % ignored_between_looks == 0 && stop_is_asked_for()) stopped_ = true;
  }
  void remark(const std::string& text) { callbacks_.on_problem(text); }
  void unreadable(const std::string& text) {
    ++totals_.unreadable_directories;
    remark(text);
  }

  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] const ScanTotals& totals() const { return totals_; }

 private:
  static constexpr std::uint64_t ignored_between_looks = 1024;

  [[nodiscard]] bool stop_is_asked_for() const {
    ::pollfd stop{stop_fd_, POLLIN, 0};
    return stop_fd_ >= 0 && ::poll(&stop, 1, 0) > 0;
  }

  const InputScan::Callbacks& callbacks_;
  int stop_fd_;
  ScanTotals totals_;
  bool stopped_ = false;
};

}  // namespace wm
