#include "supervisor/log/worker_outputs.h"

#include <poll.h>

#include <string_view>
#include <utility>

namespace wm {
namespace {

constexpr std::size_t last_words_bytes = 2000;

}  // namespace

std::string WorkerOutputs::last_words(WorkerIndex worker) const {
  const std::lock_guard lock(mutex_);
  return last_words_.at(number(worker));
}

void WorkerOutputs::adopt(WorkerIndex worker, UniqueFd read_end) {
  pipes_.insert_or_assign(worker, OutputPipe(std::move(read_end)));
  const std::lock_guard lock(mutex_);
  last_words_.at(number(worker)).clear();
}

std::size_t WorkerOutputs::read(bool bounded_only, const OnEvent& on_event) {
  std::size_t all = 0;
  for (auto& [worker, pipe] : pipes_) {
    if (pipe.at_end()) continue;
    const auto retiring = retiring_.find(worker);
    const bool is_dead = retiring != retiring_.end();
    if (bounded_only && !(is_dead && pipe.has_no_writer())) continue;
    const std::size_t bytes = read(worker, pipe, false, on_event);
    if (bytes > 0 && is_dead) retiring->second.heard(Clock::now(), bytes);
    all += bytes;
  }
  return all;
}

std::size_t WorkerOutputs::read(WorkerIndex worker, OutputPipe& pipe, bool finish, const OnEvent& on_event) {
  const auto on_line = [&](std::string_view line) {
    if (quotas_[number(worker)].admit(Clock::now(), line.size())) {
      on_event(log_event(worker, LogLevel::warning, std::string(line)));
    }
    keep_words(worker, line);
  };
  const std::size_t bytes = pipe.read(on_line);
  if (finish || pipe.at_end()) pipe.finish(on_line);
  return bytes;
}

void WorkerOutputs::keep_words(WorkerIndex worker, std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string& words = last_words_[number(worker)];
  words.append(words.empty() ? "" : "\n").append(line);
  if (words.size() > last_words_bytes) words.erase(0, words.size() - last_words_bytes);
}

bool WorkerOutputs::is_over(WorkerIndex worker, const OutputPatience& patience,
                            Clock::time_point turn_began) const {
  const auto found = pipes_.find(worker);
  if (found == pipes_.end()) return true;
  const OutputPipe& pipe = found->second;
  return pipe.at_end() || (patience.is_over(turn_began, limits_) && !pipe.has_no_writer());
}

std::vector<WorkerIndex> WorkerOutputs::take_finished(Clock::time_point turn_began,
                                                      const std::function<bool(WorkerIndex)>& may_end,
                                                      const OnEvent& on_event) {
  std::vector<WorkerIndex> finished;
  std::erase_if(retiring_, [&](const auto& entry) {
    const auto& [worker, patience] = entry;
    if (!is_over(worker, patience, turn_began) || !may_end(worker)) return false;
    if (const auto pipe = pipes_.find(worker); pipe != pipes_.end()) {
      read(worker, pipe->second, true, on_event);
      pipes_.erase(pipe);
    }
    finished.push_back(worker);
    return true;
  });
  return finished;
}

void WorkerOutputs::add_to(std::vector<pollfd>& watched) const {
  for (const auto& [worker, pipe] : pipes_) {
    if (!pipe.at_end()) watched.push_back({pipe.fd(), POLLIN, 0});
  }
}

}  // namespace wm
