#pragma once

// The latest files of each worker in its current life, as the supervisor handed them out. The worker keeps
// such a list, too, but may write anything into it, so files are opened only from this one. Passive; main
// thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <string>
#include <vector>

#include "common/crash/crash_record.h"
#include "common/job/task.h"

namespace wm {

enum class FileResult : std::uint8_t { not_finished, marked, failed };

struct RecentFile {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::string input;  // absolute path, bytes
  FileStamp found;    // unknown when only the worker's crash record names the file
  FileResult result = FileResult::not_finished;
};

[[nodiscard]] inline RecentFile recent_file(const Task& task, FileResult result) {
  return {number(task.id), task.attempt, task.input, task.found, result};
}

class RecentFiles {
 public:
  explicit RecentFiles(unsigned workers) : files_(workers) {}

  /// The worker has finished with the file.
  void add(WorkerIndex worker, const Task& task, FileResult result) {
    auto& files = files_.at(number(worker));
    if (files.size() == most) files.pop_front();
    files.push_back(recent_file(task, result));
  }

  /// The worker's life has ended: hands over its files, oldest first.
  [[nodiscard]] std::vector<RecentFile> take(WorkerIndex worker) {
    auto& files = files_.at(number(worker));
    std::vector<RecentFile> taken(std::make_move_iterator(files.begin()),
                                  std::make_move_iterator(files.end()));
    files.clear();
    return taken;
  }

 private:
  static constexpr std::size_t most = recorded_history - 1;  // the current file takes the remaining place
  std::vector<std::deque<RecentFile>> files_;
};

/// A worker's files according to its own crash record, oldest first. They may name anything.
[[nodiscard]] std::vector<RecentFile> files_in(const CrashRecordHead& head);

}  // namespace wm
