#include "common/kill_point/kill_point.h"

#ifdef WM_KILL_POINTS

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace wm {
namespace {

using namespace std::chrono_literals;

enum class Action : std::uint8_t { kill, stop, abort };
constexpr std::array<std::string_view, 3> action_names{"kill", "stop", "abort"};
constexpr auto together_patience = 300ms;

static_assert(
    [] {
      for (std::size_t i = 0; i < kill_points.size(); ++i) {
        if (static_cast<std::size_t>(kill_points[i].point) != i) return false;
      }
      return true;
    }(),
    "the table is in the order of the enumeration");

const KillPointInfo& info(KillPoint point) {
  return kill_points[static_cast<std::size_t>(point)];
}

struct Entry {
  KillPoint point{};
  unsigned pass = 1;
  Action action{};
  std::string mark;  // the file whose existence shows that the entry struck
};

struct Plan {
  ProcessSide side{};
  std::vector<Entry> entries;
  bool together = false;
  unsigned odds = 0;
  std::uint64_t seed = 0;
  std::string directory;
  std::array<std::atomic<unsigned>, kill_points.size()> passes{};
};

std::atomic<Plan*> armed{
    nullptr};  // never freed: other threads may be inside a kill point when the process ends
std::atomic<std::uint64_t> published{0};

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void refuse(std::string_view text) {
  throw std::invalid_argument("WM_KILL_PLAN: " + std::string(text) + " is not POINT[#N]=kill|stop|abort");
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) refuse(text);
  return number;
}

Entry parse_entry(std::string_view text, std::string mark) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) refuse(text);
  std::string_view name = text.substr(0, equals);
  Entry entry{.mark = std::move(mark)};
  if (const std::size_t hash = name.find('#'); hash != std::string_view::npos) {
    entry.pass = static_cast<unsigned>(number_of(name.substr(hash + 1)));
    name = name.substr(0, hash);
  }
  bool found = false;
  for (const KillPointInfo& candidate : kill_points) {
    if (candidate.name == name) entry.point = candidate.point, found = true;
  }
  for (std::size_t i = 0; i < action_names.size(); ++i) {
    if (action_names[i] != text.substr(equals + 1)) continue;
    entry.action = static_cast<Action>(i);
    if (found) return entry;
  }
  refuse(text);
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

/// True for exactly one caller in all processes.
bool strike_first(const std::string& mark) {
  const int fd = ::open(mark.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

void write_down(const Plan& plan, KillPoint point, Action action) {
  const std::string line = std::string(info(point).name) + " " +
                           std::string(action_names[static_cast<std::size_t>(action)]) + " " +
                           std::to_string(::getpid()) + " " + std::to_string(published.load()) + "\n";
  const int fd =
      ::open((plan.directory + "/deaths").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
  ::close(fd);
}

void wait_for_the_others(const Plan& plan) {
  const auto deadline = std::chrono::steady_clock::now() + together_patience;
  for (const Entry& entry : plan.entries) {
    while (!exists(entry.mark) && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(1ms);
  }
}

void die(Action action) {
  if (action == Action::kill) ::kill(::getpid(), SIGKILL);
  if (action == Action::stop) ::kill(::getpid(), SIGSTOP);  // returns when somebody continues the process
  if (action == Action::abort) std::abort();
}

void strike(const Plan& plan, KillPoint point, Action action) {
  write_down(plan, point, action);
  if (plan.together) wait_for_the_others(plan);
  die(action);
}

void follow_odds(const Plan& plan, KillPoint point) {
  thread_local std::minstd_rand random(
      static_cast<unsigned>(plan.seed ^ static_cast<std::uint64_t>(::getpid()) * 2654435761U));
  if (random() % plan.odds != 0) return;
  const auto dice = random() % 20;
  strike(plan, point, dice == 0 ? Action::stop : dice <= 2 ? Action::abort : Action::kill);
}

}  // namespace

void arm_kill_points(ProcessSide side) {
  const std::string text = environment("WM_KILL_PLAN");
  const std::string odds = environment("WM_KILL_ODDS");
  if (text.empty() && odds.empty()) return;
  auto* const plan = new Plan;
  plan->side = side;
  plan->directory = environment("WM_KILL_DIR");
  plan->together = !environment("WM_KILL_TOGETHER").empty();
  if (plan->directory.empty()) throw std::invalid_argument("WM_KILL_DIR is not set");
  std::string_view rest = text;
  for (unsigned index = 0; !rest.empty(); ++index) {
    const std::size_t comma = rest.find(',');
    Entry entry = parse_entry(rest.substr(0, comma), plan->directory + "/" + std::to_string(index));
    if (info(entry.point).side == side) plan->entries.push_back(std::move(entry));
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  if (!odds.empty() && side == ProcessSide::worker) {
    const std::size_t colon = odds.find(':');
    if (colon == std::string::npos) refuse(odds);
    plan->odds = static_cast<unsigned>(number_of(odds.substr(0, colon)));
    plan->seed = number_of(odds.substr(colon + 1));
  }
  armed = plan;
}

void kill_point(KillPoint point) noexcept {
  Plan* const plan = armed.load(std::memory_order_acquire);
  if (plan == nullptr || info(point).side != plan->side) return;
  const unsigned pass = ++plan->passes[static_cast<std::size_t>(point)];
  for (const Entry& entry : plan->entries) {
    if (entry.point == point && entry.pass == pass && strike_first(entry.mark))
      strike(*plan, point, entry.action);
  }
  if (plan->odds > 0) follow_odds(*plan, point);
}

void note_published_records(std::uint64_t records) noexcept {
  published.store(records, std::memory_order_relaxed);
}

}  // namespace wm

#endif
