#include "supervisor/crash/left_deaths.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "common/job/log_level.h"
#include "common/job/outcome.h"
#include "common/os/realtime.h"
#include "supervisor/analyzer/snapshot_reader.h"
#include "supervisor/job_directory/job_directory.h"
#include "supervisor/log/log_collector.h"
#include "supervisor/log/log_format.h"
#include "supervisor/pool/crash_records.h"
#include "supervisor/pool/worker_process.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr auto handlers_patience = 2500ms;  // a handler's own guard strikes after 2 s

/// The worker's last log lines, from its own notes: the ring is gone with the supervisor.
std::vector<DeathLogLine> log_lines(const CrashRecordHead& head) {
  std::vector<DeathLogLine> lines;
  const std::uint64_t end = head.log_lines.load(std::memory_order_acquire);
  for (std::uint64_t i = end - std::min<std::uint64_t>(end, recorded_log_lines); i != end; ++i) {
    const RecordedLogLine& line = head.log[i % recorded_log_lines];
    std::string text;
    LogFormatter(LogFormat::text)
        .append(text,
                {.time_ns = line.time_ns,
                 .worker = static_cast<WorkerIndex>(head.worker % max_workers),
                 .level = static_cast<LogLevel>(std::min<std::uint32_t>(line.level, 4)),
                 .message = std::string(line.text, std::min<std::size_t>(line.bytes, recorded_log_text)),
                 .sequence = 0,
                 .task = line.task});
    if (!text.empty()) text.pop_back();  // the line break
    lines.push_back({.text = std::move(text), .task = line.task});
  }
  return lines;
}

/// Returns `ns` if it is plausible, else the current time: the crash's name is made from it.
std::int64_t plausible_time(std::int64_t ns) {
  const std::int64_t now = realtime_ns();
  return ns > 0 && ns <= now ? ns : now;
}

DeathFacts facts_from(CrashRecord crash_record, std::string name) {
  DeathFacts facts;
  const CrashRecordHead& head = crash_record.head();
  facts.worker = head.worker % max_workers + 1;
  facts.pid = head.pid;
  facts.words = "died, and its supervisor with it";
  facts.files = files_in(head);
  if (head.task.load(std::memory_order_acquire) != 0 && !facts.files.empty()) {
    const RecentFile& present = facts.files.back();
    // The stamp of the input is unknown, so nobody opens it.
    facts.task = DeathTask{.id = present.task, .attempt = present.attempt, .input = present.input};
    facts.task->output = std::filesystem::path(facts.task->input).filename().string();
    const auto stage = head.stage.load(std::memory_order_relaxed);
    if (stage < stage_count) facts.stage = stage_names[stage];
  }
  try {
    const Snapshot snapshot = read_snapshot(crash_record.fd(), area_of_death);
    facts.time_ns = plausible_time(snapshot.header->time_ns);
    if (snapshot.header->kind == static_cast<std::uint32_t>(SnapshotKind::fault))
      facts.signal = snapshot.header->signal;
    facts.exit_code = snapshot.header->exit_status;
  } catch (const std::exception&) {
    facts.signal = SIGKILL;  // everything ended before the handler wrote a snapshot
    facts.time_ns = plausible_time(static_cast<std::int64_t>(head.started_ns));
  }
  facts.log = log_lines(head);
  facts.crash_record_file = std::move(name);
  facts.crash_record.emplace(std::move(crash_record));
  return facts;
}

bool died(CrashRecordState state) {
  return state == CrashRecordState::dying || state == CrashRecordState::recorded ||
         state == CrashRecordState::parked;
}

bool is_at_work(const CrashRecord& record) {
  return !died(record.state()) && lives(record.head());
}

class LeftCrashRecords {
 public:
  LeftCrashRecords(const JobDirectory& directory, bool keeps_proofs, std::stop_token stop)
      : directory_(directory), keeps_proofs_(keeps_proofs), stop_(std::move(stop)) {}

  void take(const std::string& name) {
    std::optional<CrashRecord> crash_record;
    try {
      crash_record = read(name);
    } catch (const std::system_error&) {
      ++left_.unreadable;
      return;
    }
    if (crash_record && crash_record->state() == CrashRecordState::dying)
      wait_for_handler(name, crash_record);
    if (crash_record && died(crash_record->state())) {
      if (left_.deaths.size() < most_left_deaths) {
        left_.deaths.push_back(facts_from(std::move(*crash_record), name));
        return;
      }
      ++left_.unread;
    }
    // It proves something, or its worker has not yet noticed that its supervisor is gone.
    if (crash_record && (keeps_proofs_ || is_at_work(*crash_record))) return;
    directory_.remove(name);
  }

  [[nodiscard]] LeftDeaths result() && { return std::move(left_); }

 private:
  /// Throws std::system_error when the file cannot be read.
  [[nodiscard]] std::optional<CrashRecord> read(const std::string& name) const {
    try {
      UniqueFd file = directory_.open_file(name, O_RDWR);
      if (file) return CrashRecord(std::move(file));
    } catch (const std::system_error&) {
      throw;
    } catch (const std::exception&) {
      // A link, a pipe, or a file of another version: ignored.
    }
    return std::nullopt;
  }

  void wait_for_handler(const std::string& name, std::optional<CrashRecord>& crash_record) {
    while (crash_record && crash_record->state() == CrashRecordState::dying && lives(crash_record->head()) &&
           std::chrono::steady_clock::now() < deadline_ && !stop_.stop_requested()) {
      std::this_thread::sleep_for(20ms);
      crash_record = read(name);
    }
  }

  const JobDirectory& directory_;
  const bool keeps_proofs_;
  const std::stop_token stop_;
  const std::chrono::steady_clock::time_point deadline_ =
      std::chrono::steady_clock::now() + handlers_patience;
  LeftDeaths left_;
};

}  // namespace

LeftDeaths left_deaths(const CrashDirectory& directory, std::optional<RunToken> own_run,
                       const std::stop_token& stop) {
  const auto crash_records = directory.crash_records();
  if (!crash_records) return {};
  const std::string extension = ".cell";
  const std::string own_suffix = own_run ? CrashRecords::name_suffix(*own_run) : "";
  LeftCrashRecords left(*crash_records, !own_run, stop);
  for (const std::string& name : crash_records->names()) {
    const bool is_own = own_run && name.ends_with(own_suffix);
    if (name.ends_with(extension) && !is_own) left.take(name);
  }
  return std::move(left).result();
}

}  // namespace wm
