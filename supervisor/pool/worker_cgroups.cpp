#include "supervisor/pool/worker_cgroups.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "supervisor/pool/own_cgroup.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

/// Kernel files take a value in one write, and report errors through its errno.
bool write_value(const fs::path& file, const std::string& value) {
  std::ofstream stream(file);
  stream << value;
  stream.flush();
  return stream.good();
}

constexpr const char* supervisor_group = "wm-supervisor";

bool has_word(const fs::path& file, std::string_view wanted) {
  std::istringstream words(first_line(file));
  for (std::string word; words >> word;) {
    if (word == wanted) return true;
  }
  return false;
}

}  // namespace

std::optional<WorkerCgroups> WorkerCgroups::divide(const fs::path& own, unsigned workers,
                                                   std::optional<std::uint64_t> limit) {
  const bool ours = ::access((own / "cgroup.procs").c_str(), W_OK) == 0 &&
                    ::access((own / "cgroup.subtree_control").c_str(), W_OK) == 0 &&
                    ::access(own.c_str(), W_OK) == 0;
  if (!ours || !has_word(own / "cgroup.controllers", "memory")) return std::nullopt;
  if (!first_line(own / supervisor_group / "cgroup.procs").empty()) return std::nullopt;
  const bool divided_before = has_word(own / "cgroup.subtree_control", "memory");
  WorkerCgroups groups(own, workers, divided_before);  // from here on, the destructor cleans up
  std::error_code error;
  fs::create_directory(groups.supervisor_leaf(), error);
  // A group whose children have controllers must not contain processes itself.
  if (!write_value(groups.supervisor_leaf() / "cgroup.procs", std::to_string(::getpid())))
    return std::nullopt;
  if (!write_value(own / "cgroup.subtree_control", "+memory")) return std::nullopt;
  for (unsigned i = 0; i < workers; ++i) {
    fs::create_directory(groups.leaf(i), error);  // may exist after a run that was killed
    if (!fs::is_directory(groups.leaf(i), error)) return std::nullopt;
    write_value(groups.leaf(i) / "memory.oom.group", "1");
    if (!write_value(groups.leaf(i) / "memory.max", limit ? std::to_string(*limit) : "max"))
      return std::nullopt;
    if (limit) write_value(groups.leaf(i) / "memory.swap.max", "0");  // missing without swap accounting
  }
  return groups;
}

WorkerCgroups::WorkerCgroups(WorkerCgroups&& other) noexcept
    : own_(std::exchange(other.own_, {})), workers_(other.workers_), divided_before_(other.divided_before_) {}

WorkerCgroups::~WorkerCgroups() {
  if (own_.empty()) return;
  std::error_code error;
  for (unsigned i = 0; i < workers_; ++i) fs::remove(leaf(i), error);
  if (!divided_before_) write_value(own_ / "cgroup.subtree_control", "-memory");
  write_value(own_ / "cgroup.procs", std::to_string(::getpid()));
  fs::remove(supervisor_leaf(), error);
}

fs::path WorkerCgroups::supervisor_leaf() const {
  return own_ / supervisor_group;
}

fs::path WorkerCgroups::leaf(unsigned worker) const {
  return own_ / fmt::format("wm-worker-{:02}", worker + 1);
}

void WorkerCgroups::adopt(WorkerIndex worker, pid_t pid) const {
  write_value(leaf(number(worker)) / "cgroup.procs", std::to_string(pid));
}

void WorkerCgroups::limit(WorkerIndex worker, std::uint64_t bytes) const {
  write_value(leaf(number(worker)) / "memory.max", std::to_string(bytes));
}

std::uint64_t WorkerCgroups::oom_kills(WorkerIndex worker) const {
  return oom_kills_in(leaf(number(worker)) / "memory.events");
}

std::uint64_t oom_kills_in(const fs::path& file) {
  std::ifstream stream(file);
  std::string name;
  for (std::uint64_t count = 0; stream >> name >> count;) {
    if (name == "oom_kill") return count;
  }
  return 0;
}

}  // namespace wm
