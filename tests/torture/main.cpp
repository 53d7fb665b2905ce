// Lets processes of a job die at every named place and at random, and asks the oracle afterwards.
//
//   torture points [--actions kill,stop,abort]   every worker's point alone
//   torture pairs [--actions ...]                every two of them at the same time, in two workers
//   torture pairs --selected [--actions ...]     a sixth of these pairs
//   torture supervisor                           every supervisor's point, then the job is resumed
//   torture random SECONDS SEED [PICTURES]       timers and kill points, for as long as wanted
//
// --shard I/N does every N-th case only, for running N programs at once. Exit code 1 when the oracle objects.

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/kill_point/kill_point.h"
#include "tests/support/processes.h"
#include "tests/support/wait_until.h"
#include "tests/torture/ordeal.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Shard {
  unsigned index = 0, count = 1;
};

constexpr std::string_view unreached = "the deaths do not all happen";

/// Runs cases, says which fail, and counts.
class Examination {
 public:
  explicit Examination(Shard shard) : shard_(shard) {}

  void examine(const std::string& what, const std::function<std::string()>& fault_of) {
    if (next_++ % shard_.count != shard_.index) return;
    ++cases_;
    const std::string fault = fault_of();
    if (fault.empty()) return;
    if (fault == unreached) {
      ++unreached_;
      std::printf("%s: %s\n", what.c_str(), fault.c_str());
      return;
    }
    ++faults_;
    std::printf("FAULT %s: %s\n", what.c_str(), fault.c_str());
    std::fflush(stdout);
  }

  [[nodiscard]] int verdict() const {
    std::printf("%u cases, %u faults, %u not reached\n", cases_, faults_, unreached_);
    // What is reached by chance only may be missed on a loaded machine, but not often.
    return faults_ == 0 && cases_ > 0 && unreached_ <= cases_ / 50 ? 0 : 1;
  }

 private:
  Shard shard_;
  unsigned next_ = 0, cases_ = 0, faults_ = 0, unreached_ = 0;
};

std::vector<KillPointInfo> points_of(ProcessSide side) {
  std::vector<KillPointInfo> points;
  for (const KillPointInfo& point : kill_points) {
    if (point.side == side) points.push_back(point);
  }
  return points;
}

std::string entry(const KillPointInfo& point, const std::string& action) {
  return std::string(point.name) + "=" + action;
}

/// Some points are passed only by chance: a worker waits for a task before the job ends, or a task is still
/// unclaimed when the job is interrupted. On a busy machine, two workers rarely do so at the same time.
constexpr int trials = 30;

std::string fault_of_plan(const Ordeal& ordeal, const std::string& entries, std::size_t deaths,
                          bool together) {
  for (int trial = 0; trial < trials; ++trial) {
    ordeal.clear();
    const ProgramResult result = ordeal.start(ordeal.plan(entries, together))->wait(stall * slowness);
    const auto died = read_deaths(ordeal.kill_directory());
    const std::string fault = fault_of_run(ordeal.job(), result, ordeal.expected(), died);
    if (!fault.empty() || died.size() == deaths) return fault;
  }
  return std::string(unreached);
}

int examine_points(const Ordeal& ordeal, const std::vector<std::string>& actions, Shard shard) {
  Examination examination(shard);
  for (const KillPointInfo& point : points_of(ProcessSide::worker)) {
    for (const std::string& action : actions) {
      const std::string entries = entry(point, action);
      examination.examine(entries, [&] { return fault_of_plan(ordeal, entries, 1, false); });
    }
  }
  return examination.verdict();
}

enum class Pairs : std::uint8_t { all, selected };

/// The points are in the order in which a worker passes them. A point with itself and with the next one: two
/// workers die at the same step of the same protocol, where the supervisor could confuse their slots, rings
/// or wake-ups. A point with the one half of the table away: the deaths are in different protocols, such as
/// one in the middle of a task and one in the middle of a log record.
bool is_selected(std::size_t i, std::size_t j, std::size_t points) {
  return j - i <= 1 || j - i == points / 2;
}

int examine_pairs(const Ordeal& ordeal, const std::vector<std::string>& actions, Pairs pairs, Shard shard) {
  Examination examination(shard);
  const auto points = points_of(ProcessSide::worker);
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i; j < points.size(); ++j) {
      if (pairs == Pairs::selected && !is_selected(i, j, points.size())) continue;
      for (const std::string& first : actions) {
        for (const std::string& second : actions) {
          const std::string entries = entry(points[i], first) + "," + entry(points[j], second);
          examination.examine(entries, [&] { return fault_of_plan(ordeal, entries, 2, true); });
        }
      }
    }
  }
  return examination.verdict();
}

/// What else must happen for the supervisor to pass there.
struct Circumstances {
  std::string worker_deaths;     // entries of the plan
  std::string supervisor_death;  // of a run before, which is resumed
  bool interrupt = false;        // SIGINT once the first output is there
};

Circumstances circumstances_for(KillPoint point) {
  switch (point) {
    case KillPoint::death_reaped:
    case KillPoint::death_swept:
    case KillPoint::traces_looked_at:
      return {.worker_deaths = "publish.written=kill,"};
    case KillPoint::owner_claimed:
    case KillPoint::run_recovered:
      return {.worker_deaths = "", .supervisor_death = "outcome.logged=kill"};
    case KillPoint::withdraw_done:
      return {.worker_deaths = "", .supervisor_death = "", .interrupt = true};
    default:
      return {};
  }
}

/// Workers end with their supervisor.
bool workers_are_gone(const Ordeal& ordeal) {
  return wait_until([&] { return ordeal.job().workers("").empty(); }, stall * slowness);
}

std::string run_until_it_dies(const Ordeal& ordeal, const std::string& entries, bool interrupt) {
  auto program = ordeal.start(ordeal.plan(entries));
  if (interrupt) {
    if (!wait_until([&] { return !files_below(ordeal.job().out()).empty(); })) return "no output comes";
    program->send(SIGINT);
  }
  const ProgramResult result = program->wait(stall * slowness);
  if (result.timed_out) return "stalled before its death";
  const bool too_late = interrupt && (result.exit_code == 0 || result.exit_code == 128 + SIGINT);
  if (too_late) return std::string(unreached);
  if (result.signal == 0)
    return "the supervisor did not die but ended with " + std::to_string(result.exit_code);
  if (!workers_are_gone(ordeal)) return "workers survive it";
  return "";
}

std::string fault_of_supervisor_death_once(const Ordeal& ordeal, const KillPointInfo& point,
                                           const std::string& action) {
  ordeal.clear();
  const Circumstances circumstances = circumstances_for(point.point);
  if (!circumstances.supervisor_death.empty()) {
    if (auto fault = run_until_it_dies(ordeal, circumstances.supervisor_death, false); !fault.empty())
      return fault;
    std::remove((ordeal.kill_directory() + "/0").c_str());
  }
  const std::string entries = circumstances.worker_deaths + entry(point, action);
  if (auto fault = run_until_it_dies(ordeal, entries, circumstances.interrupt); !fault.empty()) return fault;
  const Identities published = identities_of(ordeal.job());
  const ProgramResult resumed = ordeal.start({})->wait(stall * slowness);
  return fault_of_resumed(ordeal.job(), resumed, ordeal.expected(), published);
}

std::string fault_of_supervisor_death(const Ordeal& ordeal, const KillPointInfo& point,
                                      const std::string& action) {
  for (int trial = 0; trial < trials; ++trial) {
    std::string fault = fault_of_supervisor_death_once(ordeal, point, action);
    if (fault != unreached) return fault;
  }
  return std::string(unreached);
}

int examine_supervisor(const Ordeal& ordeal, Shard shard) {
  Examination examination(shard);
  for (const KillPointInfo& point : points_of(ProcessSide::supervisor)) {
    for (const std::string action : {"kill", "abort"}) {
      examination.examine(entry(point, action),
                          [&] { return fault_of_supervisor_death(ordeal, point, action); });
    }
  }
  return examination.verdict();
}

/// One job with deaths at random; every fourth loses its supervisor once, too.
class RandomOrdeal {
 public:
  RandomOrdeal(const Ordeal& ordeal, unsigned seed) : ordeal_(ordeal), random_(seed) {}

  std::string round() {
    ordeal_.clear();
    timer_kills_ = 0;
    outputs_ = kills_in_vain_ = 0;
    supervisor_dies_ = random_() % 4 == 0;
    const Words environment{
        "WM_KILL_DIR=" + ordeal_.kill_directory(),
        "WM_KILL_ODDS=" + std::to_string(20 + random_() % 100) + ":" + std::to_string(random_())};
    const Words options{"--workers", std::to_string(2 + random_() % 7)};
    auto program = ordeal_.start(environment, options);
    const auto moment = Clock::now() + std::chrono::milliseconds(50 + random_() % 700);
    bool ended = false;
    while (!ended && wait_until([&] { return (ended = step(*program, moment)) || has_progressed(); },
                                stall * slowness, 1ms)) {
    }
    ProgramResult result = program->wait(ended ? stall : 1ms);
    if (!ended) return "stalled: " + result.err;
    count();
    if (result.signal != SIGKILL) {
      return fault_of_run(ordeal_.job(), result, ordeal_.expected(), read_deaths(ordeal_.kill_directory()));
    }
    ++supervisors_;
    if (!workers_are_gone(ordeal_)) return "workers survive it";
    const Identities published = identities_of(ordeal_.job());
    result = ordeal_.start({})->wait(stall * slowness);
    return fault_of_resumed(ordeal_.job(), result, ordeal_.expected(), published);
  }

  void print() const {
    std::printf("%u jobs, %u worker deaths at kill points, %u by timers, %u supervisor deaths\n", jobs_,
                at_points_, by_timers_, supervisors_);
    std::fflush(stdout);
  }
  [[nodiscard]] unsigned deaths() const noexcept { return at_points_ + by_timers_; }

 private:
  bool step(RunningProgram& program, Clock::time_point moment) {
    if (program.has_ended()) return true;
    if (supervisor_dies_ && Clock::now() >= moment) {
      program.send(SIGKILL);
    } else if (random_() % 16 == 0) {
      kill_some_worker();
    }
    return false;
  }

  /// Since the last call.
  bool has_progressed() {
    const std::size_t outputs = files_below(ordeal_.job().out()).size();
    if (outputs == outputs_) return false;
    outputs_ = outputs;
    kills_in_vain_ = 0;
    return true;
  }

  /// On a busy machine workers start slower than they are killed: after some kills, a file must be finished.
  void kill_some_worker() {
    const auto workers = ordeal_.job().workers("hazard-worker");
    if (workers.empty() || kills_in_vain_ >= 2 * workers.size()) return;
    if (::kill(workers[random_() % workers.size()], SIGKILL) != 0) return;
    ++timer_kills_;
    ++kills_in_vain_;
  }

  void count() {
    ++jobs_;
    at_points_ += static_cast<unsigned>(read_deaths(ordeal_.kill_directory()).size());
    by_timers_ += timer_kills_;
  }

  const Ordeal& ordeal_;
  std::mt19937 random_;
  bool supervisor_dies_ = false;
  std::size_t outputs_ = 0, kills_in_vain_ = 0;
  unsigned timer_kills_ = 0, jobs_ = 0, at_points_ = 0, by_timers_ = 0, supervisors_ = 0;
};

int examine_random(const Ordeal& ordeal, std::chrono::seconds duration, unsigned seed) {
  std::printf("seed %u\n", seed);
  RandomOrdeal random(ordeal, seed);
  unsigned faults = 0;
  const auto end = Clock::now() + duration;
  for (auto said = Clock::now(); Clock::now() < end;) {
    if (const std::string fault = random.round(); !fault.empty()) {
      ++faults;
      std::printf("FAULT %s\n", fault.c_str());
    }
    if (Clock::now() - said < 60s) continue;
    said = Clock::now();
    random.print();
  }
  random.print();
  std::printf("%s\n", faults == 0 ? "nothing was lost" : "the oracle objects");
  return faults == 0 && random.deaths() > 0 ? 0 : 1;
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  if (std::sscanf(text.c_str(), "%u/%u", &shard.index, &shard.count) != 2 || shard.index >= shard.count)
    throw CLI::ValidationError("--shard is I/N with I < N");
  return shard;
}

int run(int argc, char* argv[]) {
  CLI::App app("Lets processes die and asks the oracle.");
  std::vector<std::string> actions{"kill", "stop", "abort"};
  std::string shard = "0/1";
  bool selected = false;
  std::string pictures;
  unsigned seconds = 0;
  unsigned seed = 0;
  app.require_subcommand(1);
  app.add_option("--actions", actions)->delimiter(',');
  app.add_option("--shard", shard);
  app.fallthrough();
  const auto* const points = app.add_subcommand("points");
  auto* const pairs = app.add_subcommand("pairs");
  pairs->add_flag("--selected", selected);
  const auto* const supervisor = app.add_subcommand("supervisor");
  auto* const random = app.add_subcommand("random");
  random->add_option("SECONDS", seconds)->required();
  random->add_option("SEED", seed)->required();
  random->add_option("PICTURES", pictures);
  CLI11_PARSE(app, argc, argv);

  const rlimit no_cores{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_cores);
  const Ordeal ordeal = random->parsed() ? Ordeal(60, pictures) : Ordeal(6, Ordeal::Flood::yes);
  if (points->parsed()) return examine_points(ordeal, actions, parse_shard(shard));
  if (pairs->parsed())
    return examine_pairs(ordeal, actions, selected ? Pairs::selected : Pairs::all, parse_shard(shard));
  if (supervisor->parsed()) return examine_supervisor(ordeal, parse_shard(shard));
  return examine_random(ordeal, std::chrono::seconds(seconds), seed);
}

}  // namespace
}  // namespace wm::test

int main(int argc, char* argv[]) {
  try {
    return wm::test::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "torture: %s\n", error.what());
    return 2;
  }
}
