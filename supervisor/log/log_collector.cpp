#include "supervisor/log/log_collector.h"

#include <poll.h>

#include <algorithm>

#include <fmt/format.h>

#include "common/os/realtime.h"
#include "supervisor/text/counted.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t records_per_ring_and_turn = 1024;
constexpr std::size_t congestion_events = 50'000;  // of our own records waiting for the collector
constexpr auto pause = 10ms;                       // between two turns while workers send something
constexpr auto quiet_pause = 50ms;                 // the same while only the supervisor does
constexpr auto idle = 250ms;                       // wake-ups are hints: a lost one costs this much
constexpr auto drop_report_interval = 1s;

}  // namespace

LogCollector::LogCollector(const MappedSegment& segment, const LogSettings& settings, WakeUps wake_ups,
                           const OutputPatience::Limits& output_limits, const OutputQuota::Limits& quota,
                           const OutputQuota::Limits& record_quota)
    : segment_(segment),
      wake_ups_(wake_ups),
      outputs_(segment.shape().workers, output_limits, quota),
      black_boxes_(segment.shape().workers, settings.level),
      sink_(settings) {
  for (unsigned i = 0; i < segment.shape().workers; ++i) {
    const auto worker = static_cast<WorkerIndex>(i);
    rings_.emplace_back(LogRingReader(segment.log_ring(worker), worker, wake_ups_.space.at(i)), record_quota);
  }
  thread_ = std::thread(&LogCollector::run, this);
}

LogCollector::~LogCollector() {
  stop(0ms);
}

void LogCollector::log(LogLevel level, std::optional<WorkerIndex> worker, std::string message,
                       std::uint64_t task, LogFieldsPointer fields) {
  if (!sink_.wants(level)) return;
  const std::lock_guard lock(mutex_);
  mail_.events.push_back(log_event(worker, level, std::move(message), task, std::move(fields)));
  if (mail_.events.size() > congestion_events) congested_.store(true, std::memory_order_relaxed);
  if (segment_.header().collector_waiting.exchange(0, std::memory_order_seq_cst) != 0) wake_ups_.log.post();
}

void LogCollector::reopen() {
  {
    const std::lock_guard lock(mutex_);
    mail_.reopen = true;
  }
  wake_ups_.log.post();
}

LogCollector::Counts LogCollector::counts() const noexcept {
  return {sink_.written(), dropped_.load() + sink_.lost()};
}

void LogCollector::adopt(WorkerIndex worker, UniqueFd output) {
  {
    const std::lock_guard lock(mutex_);
    mail_.adoptions.emplace_back(worker, std::move(output));
  }
  wake_ups_.log.post();
}

void LogCollector::retire(WorkerIndex worker) {
  {
    const std::lock_guard lock(mutex_);
    mail_.to_retire.push_back(worker);
  }
  hurry();
}

void LogCollector::shorten_patience() {
  {
    const std::lock_guard lock(mutex_);
    mail_.shorten_patience = true;
  }
  hurry();
}

std::vector<WorkerIndex> LogCollector::take_retired() {
  retired_event_.take();
  const std::lock_guard lock(mutex_);
  return std::exchange(mail_.retired, {});
}

void LogCollector::stop(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    mail_.stop = patience;
  }
  hurry();
  thread_.join();
}

/// No pause now: another thread waits.
void LogCollector::hurry() {
  hurried_.notify_one();
  wake_ups_.log.post();
}

void LogCollector::run() {
  for (;;) {
    const bool busy = gather();
    report_drops(turn_.stopping && !busy);
    write();
    if (turn_.stopping && !busy) break;
    if (!turn_.stopping) {
      sleep(busy);
    } else if (turn_.awaits_dying) {
      std::this_thread::sleep_for(pause);
    }
  }
  sink_.close(*mail_.stop);
}

void LogCollector::take_mail() {
  Mail mail;
  {
    const std::lock_guard lock(mutex_);
    turn_ = {.began = Clock::now(), .stopping = mail_.stop.has_value()};
    order_.begin_turn(realtime_ns(), turn_.stopping);
    mail = std::exchange(mail_, {.retired = std::move(mail_.retired), .stop = mail_.stop});
  }
  for (LogEvent& event : mail.events) order_.add(std::move(event));
  if (mail.shorten_patience) outputs_.shorten_patience();
  if (mail.reopen) sink_.reopen();
  for (auto& [worker, fd] : mail.adoptions) outputs_.adopt(worker, std::move(fd));
  for (const WorkerIndex worker : mail.to_retire) outputs_.retire(worker);
}

/// Takes over what other threads left, reads rings and outputs. True when there was something.
bool LogCollector::gather() {
  take_mail();
  const std::size_t from_rings = read_rings();
  const std::size_t printed =
      outputs_.read(congested() && !turn_.stopping, [this](LogEvent event) { order_.add(std::move(event)); });
  finish_retiring();
  turn_.awaits_dying = outputs_.any_retiring() && from_rings == 0;
  turn_.workers_speak = from_rings > 0 || printed > 0 || outputs_.any_retiring();
  return !order_.waiting().empty() || turn_.workers_speak;
}

/// Returns how many records were read.
std::size_t LogCollector::read_rings() {
  std::size_t records = 0;
  for (unsigned i = 0; i < rings_.size(); ++i) {
    Ring& ring = rings_[i];
    const double files = ring.ended_files.exchange(0, std::memory_order_relaxed);
    ring.quota.earn(files * records_per_file, files * record_bytes_per_file);
    // Dead workers write no more, and at the end nobody waits for room: the length of a ring bounds what is
    // kept.
    const bool bounded = turn_.stopping || outputs_.is_retiring(static_cast<WorkerIndex>(i));
    if (congested() && !bounded) continue;
    records += ring.reader.read(records_per_ring_and_turn, [&](LogEvent event) {
      if (ring.quota.admit(turn_.began, event.message.size())) order_.add(std::move(event));
    });
  }
  return records;
}

void LogCollector::finish_retiring() {
  const auto finished = outputs_.take_finished(
      turn_.began, [this](WorkerIndex worker) { return rings_[number(worker)].reader.empty(); },
      [this](LogEvent event) { order_.add(std::move(event)); });
  if (finished.empty()) return;
  for (const WorkerIndex worker : finished) {
    black_boxes_.seal(worker, order_.waiting());
    rings_[number(worker)].reader.begin_life();  // of the next worker in this place
  }
  {
    const std::lock_guard lock(mutex_);
    mail_.retired.insert(mail_.retired.end(), finished.begin(), finished.end());
  }
  retired_event_.post();
}

void LogCollector::report_drops(bool at_end) {
  const auto now = Clock::now();
  for (unsigned i = 0; i < rings_.size(); ++i) {
    Ring& ring = rings_[i];
    const auto worker = static_cast<WorkerIndex>(i);
    const auto report = [&](std::uint64_t dropped, const char* one, const char* many, const char* why) {
      if (dropped == 0) return;
      dropped_ += dropped;
      order_.add(log_event(worker, LogLevel::warning,
                           fmt::format("{} dropped{}", counted(dropped, one, many), why)));
    };
    report(outputs_.take_dropped(worker, now, at_end), "line of worker output", "lines of worker output",
           ": it prints too much");
    report(ring.quota.take_dropped(now, at_end), "record", "records", ": it logs too much");
    if (!at_end && now - ring.drops_reported < drop_report_interval) continue;
    ring.drops_reported = now;
    report(ring.reader.take_dropped(), "record", "records", ", its log ring was full");
  }
}

void LogCollector::write() {
  std::vector<LogEvent> events = order_.take_complete();
  if (!events.empty()) sink_.write(events);
  for (LogEvent& event : events) black_boxes_.remember(std::move(event));
  sink_.flush();
  congested_.store(sink_.is_congested(), std::memory_order_relaxed);
}

void LogCollector::sleep(bool busy) {
  if (busy) {
    // Records come in bursts; one pause gathers many of them for one wake-up and one write.
    std::unique_lock lock(mutex_);
    hurried_.wait_for(lock, turn_.workers_speak ? pause : quiet_pause,
                      [this] { return mail_.stop.has_value() || !mail_.to_retire.empty(); });
    return;
  }
  auto& waiting = segment_.header().collector_waiting;
  waiting.store(1, std::memory_order_seq_cst);
  bool something = std::ranges::any_of(rings_, [](const Ring& ring) { return !ring.reader.empty(); });
  {
    const std::lock_guard lock(mutex_);
    something = something || !mail_.events.empty();
  }
  if (!something || congested()) {
    std::vector<pollfd> watched{{wake_ups_.log.fd(), POLLIN, 0}};
    if (!congested()) outputs_.add_to(watched);
    ::poll(watched.data(), watched.size(), static_cast<int>(idle.count()));
  }
  waiting.store(0, std::memory_order_relaxed);
  wake_ups_.log.take();
}

}  // namespace wm
