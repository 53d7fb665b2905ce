#include "supervisor/crash/recent_files.h"

#include <algorithm>

namespace wm {

std::vector<RecentFile> files_in(const CrashRecordHead& head) {
  std::vector<RecentFile> files;
  const std::uint64_t end = head.tasks.load(std::memory_order_acquire);
  for (std::uint64_t i = end - std::min<std::uint64_t>(end, recorded_history); i != end; ++i) {
    const RecordedTask& task = head.history[i % recorded_history];
    const auto result = static_cast<FileResult>(std::min<std::uint32_t>(task.result, 2));
    files.push_back({.task = task.task,
                     .attempt = task.attempt,
                     .input = {task.path, std::min<std::size_t>(task.path_bytes, max_path_bytes)},
                     .result = result});
  }
  return files;
}

}  // namespace wm
