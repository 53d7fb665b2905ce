// The engine alone: takes one task and marks a whole share of pictures in it, with nothing between them. What
// the pictures take longer one by one is the price of handing them out, of the journal and of the log. The
// task's file name without extension is the share, WM_SOLO_SHARES how many there are, WM_SOLO_PICTURES the
// folder.

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "worker/stages/pipeline.h"
#include "worker/task_loop.h"

namespace {

std::string setting(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

std::size_t number(const std::string& text) {
  std::size_t value = 0;
  const auto end = text.data() + text.size();
  if (const auto result = std::from_chars(text.data(), end, value); result.ptr != end || text.empty())
    throw std::runtime_error(text + " is not a number");
  return value;
}

std::vector<std::filesystem::path> pictures_in_share(std::size_t share) {
  std::vector<std::filesystem::path> all;
  for (const auto& entry : std::filesystem::directory_iterator(setting("WM_SOLO_PICTURES")))
    all.push_back(entry.path());
  std::ranges::sort(all, {}, &std::filesystem::path::native);
  const std::size_t shares = number(setting("WM_SOLO_SHARES"));
  std::vector<std::filesystem::path> mine;
  for (std::size_t i = share; i < all.size(); i += shares) mine.push_back(all[i]);
  return mine;
}

}  // namespace

int main(int argc, char* argv[]) {
  return wm::run_worker(
      argc, argv,
      [](const wm::JobDescription& job, wm::Logger& log, wm::MemoryGrants& memory,
         const wm::AwaitOwnership& await_ownership) -> wm::ProcessTask {
        auto pipeline = std::make_shared<wm::Pipeline>(job, log, memory, await_ownership);
        return [pipeline](const wm::Task& task, wm::StageClock&) {
          const std::size_t share = number(std::filesystem::path(task.input).stem());
          for (const auto& picture : pictures_in_share(share)) {
            wm::StageClock stages([](wm::Stage) {});
            const wm::Task one{.id = task.id, .attempt = 1, .input = picture, .output = picture.filename()};
            (void)pipeline->run(one, stages);
          }
          return wm::Published{};
        };
      });
}
