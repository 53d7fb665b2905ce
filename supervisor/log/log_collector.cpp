#include "supervisor/log/log_collector.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "common/os/realtime.h"
#include "supervisor/text/console.h"
#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t records_per_lane_and_turn = 1024;
constexpr std::size_t congestion_bytes = std::size_t{4} << 20;  // of formatted lines waiting for the disk
constexpr std::size_t congestion_events = 50'000;  // of our own records waiting for the collector
constexpr std::int64_t order_slack_ns = 20'000'000;
constexpr auto turn = 10ms;        // pause between two turns while workers have something to say
constexpr auto quiet_turn = 50ms;  // the same while only the supervisor has
constexpr auto idle = 250ms;       // wake-ups are hints: a lost one costs this much
constexpr auto drop_report_interval = 1s;
constexpr std::size_t last_words_bytes = 2000;
constexpr std::size_t black_box_lines = 50;
constexpr std::size_t recent_events = 80;  // of which so many remain

/// The index in "worker-03"; none for other names.
std::optional<unsigned> worker_named(std::string_view name) {
  constexpr std::string_view prefix = "worker-";
  unsigned index = 0;
  if (!name.starts_with(prefix)) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), index);
  if (error != std::errc{} || end != name.data() + name.size() || index == 0) return std::nullopt;
  return index - 1;
}

}  // namespace

std::string worker_name(WorkerIndex worker) {
  return fmt::format("worker-{:02}", number(worker) + 1);
}

LogCollector::LogCollector(const MappedSegment& segment, const LogSettings& settings, WakeUps wake_ups,
                           const OutputPatience::Limits& output_limits, const OutputQuota::Limits& quota,
                           const OutputQuota::Limits& record_quota)
    : segment_(segment),
      settings_(settings),
      wake_ups_(wake_ups),
      last_words_(segment.shape().workers),
      black_boxes_(segment.shape().workers),
      ended_files_(segment.shape().workers),
      file_(settings.rotation),
      formatter_(settings.format),
      recent_(segment.shape().workers),
      output_limits_(output_limits),
      quotas_(segment.shape().workers, OutputQuota(quota)),
      record_quotas_(segment.shape().workers, OutputQuota(record_quota)) {
  for (unsigned i = 0; i < segment.shape().workers; ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    lanes_.emplace_back(segment.lane(worker), worker_name(worker), wake_ups_.space.at(i));
  }
  thread_ = std::thread(&LogCollector::run, this);
}

LogCollector::~LogCollector() {
  stop(0ms);
}

void LogCollector::open_file(const std::optional<JobDirectory>& job) {
  const std::lock_guard lock(file_mutex_);
  file_.open(LogPlace(settings_.file, job));
}

void LogCollector::log(LogLevel level, std::string name, std::string message, std::uint64_t task) {
  if (level < settings_.level && (!settings_.standard_error || level < *settings_.standard_error)) return;
  const std::lock_guard lock(mutex_);
  own_events_.push_back({.time_ns = realtime_ns(),
                         .name = std::move(name),
                         .level = level,
                         .message = std::move(message),
                         .sequence = 0,
                         .task = task});
  if (own_events_.size() > congestion_events) congested_.store(true, std::memory_order_relaxed);
  if (segment_.header().collector_waiting.exchange(0, std::memory_order_seq_cst) != 0) wake_ups_.log.post();
}

void LogCollector::reopen() {
  {
    const std::lock_guard lock(mutex_);
    reopen_ = true;
  }
  wake_ups_.log.post();
}

LogCollector::Counts LogCollector::counts() const noexcept {
  return {written_.load(), dropped_.load()};
}

void LogCollector::adopt(WorkerIndex worker, UniqueFd output) {
  {
    const std::lock_guard lock(mutex_);
    adoptions_.emplace_back(worker, std::move(output));
    last_words_.at(number(worker)).clear();
  }
  wake_ups_.log.post();
}

void LogCollector::retire(WorkerIndex worker) {
  {
    const std::lock_guard lock(mutex_);
    to_retire_.push_back(worker);
  }
  hurry();
}

void LogCollector::shorten_patience() {
  {
    const std::lock_guard lock(mutex_);
    patience_shortened_ = true;
  }
  hurry();
}

std::vector<WorkerIndex> LogCollector::take_retired() {
  retired_event_.take();
  const std::lock_guard lock(mutex_);
  return std::exchange(retired_, {});
}

std::vector<LoggedLine> LogCollector::black_box(WorkerIndex worker, std::int64_t died_ns) const {
  std::deque<LogEvent> events;
  {
    const std::lock_guard lock(mutex_);
    events = black_boxes_.at(number(worker));
  }
  // What came through the lane has a sequence number; what others say under the worker's name has a task.
  std::erase_if(events, [&](const LogEvent& event) {
    return event.sequence == 0 && (event.task == 0 || event.time_ns >= died_ns);
  });
  // What was said about earlier files while it worked on the last one comes before its own last words.
  const auto is_own = [](const LogEvent& event) { return event.sequence != 0; };
  if (std::ranges::any_of(events, is_own)) {
    while (!is_own(events.back())) events.pop_back();
  }
  while (events.size() > black_box_lines) events.pop_front();
  std::vector<LoggedLine> lines;
  LogFormatter formatter(LogFormat::text);
  for (const LogEvent& event : events) {
    std::string& line = lines.emplace_back(LoggedLine{.text = "", .task = event.task}).text;
    formatter.append(line, event);
    if (!line.empty()) line.pop_back();  // its end
  }
  return lines;
}

std::string LogCollector::last_words(WorkerIndex worker) const {
  const std::lock_guard lock(mutex_);
  return last_words_.at(number(worker));
}

void LogCollector::stop(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = patience;
  }
  hurry();
  thread_.join();
}

/// Somebody waits: no pause now.
void LogCollector::hurry() {
  hurried_.notify_one();
  wake_ups_.log.post();
}

void LogCollector::run() {
  std::vector<LogEvent> events;
  for (;;) {
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      stopping = stopping_ = stop_.has_value();
    }
    const bool busy = gather(events);
    report_drops(events, stopping && !busy);
    write(events);
    flush();
    if (stopping && !busy) break;
    if (!stopping) {
      sleep(busy);
    } else if (awaits_dying_) {
      std::this_thread::sleep_for(turn);
    }
  }

  const auto deadline = Clock::now() + *stop_;
  const std::lock_guard lock(file_mutex_);
  file_.flush(Clock::now() + 1h);  // the pause after an earlier error is over
  while (file_.backlog() > 0 && file_.is_open() && Clock::now() < deadline) {
    std::this_thread::sleep_for(100ms);
    file_.flush(Clock::now());
  }
  if (file_.backlog() > 0 && file_.is_open()) {
    const std::string problem = file_.problem();
    const std::uint64_t lost = file_.abandon_backlog();
    written_ -= lost;
    dropped_ += lost;
    complain(fmt::format("{} log lines could not be written to {}: {}", lost, shown_path(settings_.file),
                         problem));
  }
}

/// One turn: takes over what other threads left, reads lanes and outputs. True when there was something.
bool LogCollector::gather(std::vector<LogEvent>& events) {
  const auto turn_began = Clock::now();
  std::vector<WorkerIndex> to_retire;
  std::vector<std::pair<WorkerIndex, UniqueFd>> adoptions;
  bool reopen = false;
  {
    const std::lock_guard lock(mutex_);
    // A record is timed shortly before it is published, so only what is a little older than now is complete.
    // A clock that was set back must not hold records for ever, and at the end nothing is held.
    const std::int64_t now = realtime_ns();
    const bool clock_went_back = !held_.empty() && held_.back().time_ns > now;
    horizon_ns_ = clock_went_back || stop_ ? std::numeric_limits<std::int64_t>::max() : now - order_slack_ns;
    events = std::exchange(held_, {});
    std::ranges::move(std::exchange(own_events_, {}), std::back_inserter(events));
    adoptions = std::exchange(adoptions_, {});
    to_retire = std::exchange(to_retire_, {});
    reopen = std::exchange(reopen_, false);
    if (patience_shortened_) output_limits_.longest = output_limits_.quiet;
  }
  if (reopen) {
    const std::lock_guard lock(file_mutex_);
    file_.flush(Clock::now());
    file_.reopen();
  }
  for (auto& [worker, fd] : adoptions) {
    outputs_.insert_or_assign(worker, OutputPipe(std::move(fd)));
  }
  for (const WorkerIndex worker : to_retire) retiring_.push_back({worker, OutputPatience(Clock::now())});

  std::size_t from_lanes = 0;
  for (unsigned i = 0; i < lanes_.size(); ++i) {
    OutputQuota& quota = record_quotas_[i];
    const double files = ended_files_[i].exchange(0, std::memory_order_relaxed);
    quota.earn(files * records_per_file, files * record_bytes_per_file);
    const auto keep = [&](LogEvent event) {
      if (quota.admit(turn_began, event.message.size())) events.push_back(std::move(event));
    };
    // The dead write no more, and at the end nobody waits for room: a lane's length bounds what is kept.
    const bool last_words = stopping_ || retiring_of(static_cast<WorkerIndex>(i)) != nullptr;
    if (!congested() || last_words) from_lanes += lanes_[i].read(records_per_lane_and_turn, keep);
  }
  const std::size_t printed = read_outputs(events);
  finish_retiring(events, turn_began);
  awaits_dying_ = !retiring_.empty() && from_lanes == 0;
  workers_speak_ = from_lanes > 0 || printed > 0 || !retiring_.empty();
  return !events.empty() || workers_speak_;  // events hold what was held, too
}

LogCollector::Retiring* LogCollector::retiring_of(WorkerIndex worker) {
  const auto found = std::ranges::find(retiring_, worker, &Retiring::worker);
  return found != retiring_.end() ? &*found : nullptr;
}

/// How many bytes were there.
std::size_t LogCollector::read_outputs(std::vector<LogEvent>& events) {
  std::size_t all = 0;
  for (auto& [worker, pipe] : outputs_) {
    Retiring* const last_words = retiring_of(worker);
    if (pipe.at_end()) continue;
    // What is in a pipe without writers is bounded; who still writes into it waits for the disk.
    const bool bounded = last_words != nullptr && pipe.has_no_writer();
    if (congested() && !stopping_ && !bounded) continue;
    const std::size_t bytes = read_output(worker, pipe, events, false);
    if (bytes > 0 && last_words != nullptr) last_words->patience.heard(Clock::now(), bytes);
    all += bytes;
  }
  return all;
}

/// How many bytes were there.
std::size_t LogCollector::read_output(WorkerIndex worker, OutputPipe& pipe, std::vector<LogEvent>& events,
                                      bool finish) {
  OutputQuota& quota = quotas_[number(worker)];
  const auto on_line = [&](std::string_view line) {
    if (quota.admit(Clock::now(), line.size()))
      events.push_back({.time_ns = realtime_ns(),
                        .name = worker_name(worker),
                        .level = LogLevel::warning,
                        .message = std::string(line),
                        .sequence = 0,
                        .task = 0});
    const std::lock_guard lock(mutex_);
    std::string& words = last_words_[number(worker)];
    words.append(words.empty() ? "" : "\n").append(line);
    if (words.size() > last_words_bytes) words.erase(0, words.size() - last_words_bytes);
  };
  const std::size_t bytes = pipe.read(on_line);
  if (finish || pipe.at_end()) pipe.finish(on_line);
  return bytes;
}

void LogCollector::finish_retiring(std::vector<LogEvent>& events, Clock::time_point turn_began) {
  std::erase_if(retiring_, [&](const Retiring& retiring) {
    const auto output = outputs_.find(retiring.worker);
    const bool output_done =
        output == outputs_.end() || output->second.at_end() ||
        (retiring.patience.is_over(turn_began, output_limits_) && !output->second.has_no_writer());
    if (!output_done || (!lanes_[number(retiring.worker)].empty())) return false;
    if (output != outputs_.end()) {
      read_output(retiring.worker, output->second, events, true);
      outputs_.erase(output);
    }
    fill_black_box(retiring.worker, events);
    lanes_[number(retiring.worker)].begin_life();  // for whoever comes next
    {
      const std::lock_guard lock(mutex_);
      retired_.push_back(retiring.worker);
    }
    retired_event_.post();
    return true;
  });
}

/// Keeps the last records of each worker, whoever wrote them under its name.
void LogCollector::remember(LogEvent event) {
  const auto worker = worker_named(event.name);
  if (!worker || *worker >= recent_.size() || event.level < settings_.level) return;
  auto& recent = recent_[*worker];
  recent.push_back(std::move(event));
  if (recent.size() > recent_events) recent.pop_front();
}

void LogCollector::fill_black_box(WorkerIndex worker, const std::vector<LogEvent>& unwritten) {
  std::deque<LogEvent> lines = std::exchange(recent_[number(worker)], {});
  const auto written = static_cast<std::ptrdiff_t>(lines.size());
  for (const LogEvent& event : unwritten) {
    if (worker_named(event.name) == number(worker) && event.level >= settings_.level) lines.push_back(event);
  }
  std::stable_sort(lines.begin() + written, lines.end(),
                   [](const LogEvent& one, const LogEvent& other) { return one.time_ns < other.time_ns; });
  const std::lock_guard lock(mutex_);
  black_boxes_[number(worker)] = std::move(lines);
}

void LogCollector::report_drops(std::vector<LogEvent>& events, bool at_end) {
  const auto now = Clock::now();
  const auto say = [&](unsigned worker, std::uint64_t dropped, const std::string& what) {
    dropped_ += dropped;
    events.push_back({.time_ns = realtime_ns(),
                      .name = worker_name(static_cast<WorkerIndex>(worker)),
                      .level = LogLevel::warning,
                      .message = what,
                      .sequence = 0,
                      .task = 0});
  };
  for (unsigned i = 0; i < quotas_.size(); ++i) {
    if (const std::uint64_t dropped = quotas_[i].take_dropped(now, at_end)) {
      say(i, dropped,
          fmt::format("{} of worker output dropped: it prints too much", counted(dropped, "line", "lines")));
    }
    if (const std::uint64_t dropped = record_quotas_[i].take_dropped(now, at_end)) {
      say(i, dropped, fmt::format("{} dropped: it logs too much", counted(dropped, "record", "records")));
    }
  }
  if (!at_end && now - drops_reported_ < drop_report_interval) return;
  drops_reported_ = now;
  for (unsigned i = 0; i < lanes_.size(); ++i) {
    const std::uint64_t dropped = lanes_[i].take_dropped();
    if (dropped > 0) say(i, dropped, fmt::format("{} records dropped, its log lane was full", dropped));
  }
}

void LogCollector::write(std::vector<LogEvent>& events) {
  if (events.empty()) return;
  std::ranges::stable_sort(events, {}, &LogEvent::time_ns);
  const auto later = std::ranges::upper_bound(events, horizon_ns_, {}, &LogEvent::time_ns);
  held_.assign(std::move_iterator(later), std::move_iterator(events.end()));
  events.erase(later, events.end());
  std::string lines;
  std::string for_stderr;
  std::uint64_t count = 0;
  for (const LogEvent& event : events) {
    if (event.level >= settings_.level) {
      formatter_.append(lines, event);
      ++count;
    }
    if (settings_.standard_error && event.level >= *settings_.standard_error) {
      stderr_formatter_.append(for_stderr, event);
    }
  }
  written_ += count;
  for (LogEvent& event : events) remember(std::move(event));
  events.clear();
  say(for_stderr);
  const std::lock_guard lock(file_mutex_);
  file_.append(lines);
}

void LogCollector::flush() {
  const auto now = Clock::now();
  const std::lock_guard lock(file_mutex_);
  file_.flush(now);
  kill_point(KillPoint::log_written);
  if (!file_.problem().empty() && now - problem_said_ > 30s) {
    complain(fmt::format("cannot write the log {}: {}; trying again every second", shown_path(settings_.file),
                         file_.problem()));
    problem_said_ = now;
    problem_open_ = true;
  } else if (problem_open_ && file_.problem().empty() && file_.backlog() == 0) {
    complain(fmt::format("the log {} can be written again", shown_path(settings_.file)));
    problem_said_ = {};
    problem_open_ = false;
  }
  congested_.store(file_.backlog() > congestion_bytes, std::memory_order_relaxed);
}

void LogCollector::sleep(bool busy) {
  if (busy) {
    // Records come in bursts; one pause gathers many of them for one wake-up and one write.
    std::unique_lock lock(mutex_);
    hurried_.wait_for(lock, workers_speak_ ? turn : quiet_turn,
                      [this] { return stop_.has_value() || !to_retire_.empty(); });
    return;
  }
  auto& waiting = segment_.header().collector_waiting;
  waiting.store(1, std::memory_order_seq_cst);
  bool something = std::ranges::any_of(lanes_, [](const LaneReader& lane) { return !lane.empty(); });
  {
    const std::lock_guard lock(mutex_);
    something = something || !own_events_.empty();
  }
  if (!something || congested()) {
    std::vector<pollfd> watched{{wake_ups_.log.fd(), POLLIN, 0}};
    for (const auto& [worker, pipe] : outputs_) {
      if (!pipe.at_end() && !congested()) watched.push_back({pipe.fd(), POLLIN, 0});
    }
    ::poll(watched.data(), watched.size(), static_cast<int>(idle.count()));
  }
  waiting.store(0, std::memory_order_relaxed);
  wake_ups_.log.take();
}

}  // namespace wm
