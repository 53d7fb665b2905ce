#pragma once

// Passes what a scan finds on to the job, counts it, and notices when the job wants no more.

#include <poll.h>
#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/os/file_stamp.h"
#include "supervisor/input/file_identity.h"
#include "supervisor/input/input_scan.h"
#include "supervisor/input/output_shard.h"
#include "supervisor/text/ascii_case.h"

namespace wm {

class ScanSink {
 public:
  /// `shard`: all others are left to other supervisors.
  ScanSink(const InputScan::Callbacks& callbacks, const std::optional<Shard>& shard, int stop_fd)
      : callbacks_(callbacks), shard_(shard), stop_fd_(stop_fd) {}

  [[nodiscard]] bool is_sharded() const { return shard_.has_value(); }

  /// Whether the input with this output belongs to another shard, where it is counted then. Ask before you
  /// look at the file: give() asks again. `given`: its path as the user knows it.
  [[nodiscard]] bool leave_to_other_shard(const std::string& output, std::string_view given) {
    if (!shard_ || holds(*shard_, output)) return false;
    totals_.other_digest += name_digest(given);
    if (++totals_.other_shards % ignored_between_looks == 0) look_for_stop();
    return true;
  }

  /// A listed name that all shards take for a file of this one is none of its inputs.
  void note_left_out(std::string_view given) {
    ++totals_.left_out;
    if (shard_) totals_.own_digest += name_digest(given);
  }

  void give(InputFile file) {
    if (leave_to_other_shard(file.output, file.given())) return;
    ++totals_.found;
    if (shard_) totals_.own_digest += name_digest(file.given());
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

  /// `extension` is that of a file whose extension is not wanted.
  void ignore_extension(std::string_view extension) {
    std::string kind = ascii_lower(extension);
    const auto known = totals_.extensions.find(kind);
    if (known != totals_.extensions.end()) {
      ++known->second;
    } else if (totals_.extensions.size() < most_extensions) {
      totals_.extensions.emplace(std::move(kind), 1);
    }
    ignore();
  }
  void ignore_excluded() {
    ++totals_.excluded;
    ignore();
  }
  /// `shown` is a name in the output, job or quarantine directory, or a link to a file there: an output of
  /// this job, or a file that an output may replace.
  void ignore_off_limits(const std::string& shown) {
    if (totals_.off_limits++ == 0) {
      remark(shown + ": lies in the output, job or quarantine directory; such names are left out");
    }
    ignore();
  }
  void empty_list(const std::string& shown) {
    if (totals_.empty_lists.size() < empty_lists_named) totals_.empty_lists.push_back(shown);
  }
  void directory_not_entered() { ++totals_.directories_not_entered; }
  void link_not_followed(const std::string& text) {
    if (++totals_.links_not_followed <= links_named) remark(text);
  }
  /// A second way into a directory.
  void entered_before(const std::string& text) {
    if (++second_ways_ <= links_named) remark(text);
  }
  /// Call once, at the end: summarises the remarks that were too many to be made one by one.
  void finish() {
    const std::uint64_t links = totals_.links_not_followed;
    if (links > links_named) {
      remark(fmt::format("{} links were not followed; the first {} are named above", links, links_named));
    }
    if (second_ways_ > links_named) {
      remark(fmt::format(
          "{} links lead into directories that were entered already; the first {} are named above",
          second_ways_, links_named));
    }
  }
  void remark(const std::string& text) { callbacks_.on_problem(text); }
  void unreadable(const std::string& text) {
    ++totals_.unreadable_directories;
    remark(text);
  }

  [[nodiscard]] bool stopped() const { return stopped_; }
  /// For steps that take time without giving a file: the job has no other way to stop them.
  void look_for_stop() { stopped_ = stopped_ || stop_is_asked_for(); }
  [[nodiscard]] const ScanTotals& totals() const { return totals_; }

 private:
  static constexpr std::uint64_t ignored_between_looks = 1024;
  static constexpr std::size_t most_extensions = 100;
  static constexpr std::uint64_t links_named = 10;
  static constexpr std::size_t empty_lists_named = 10;

  void ignore() {
    if (++totals_.ignored % ignored_between_looks == 0) look_for_stop();
  }
  [[nodiscard]] bool stop_is_asked_for() const {
    ::pollfd stop{stop_fd_, POLLIN, 0};
    return stop_fd_ >= 0 && ::poll(&stop, 1, 0) > 0;
  }

  const InputScan::Callbacks& callbacks_;
  std::optional<Shard> shard_;
  int stop_fd_;
  ScanTotals totals_;
  std::uint64_t second_ways_ = 0;
  bool stopped_ = false;
};

}  // namespace wm
