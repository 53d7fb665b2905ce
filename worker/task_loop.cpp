#include "worker/task_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "common/os/event_fd.h"
#include "common/segment/inherited_descriptors.h"
#include "common/segment/mapped_segment.h"
#include "worker/awaited_results.h"
#include "worker/crash/recorder.h"
#include "worker/log/ring_logger.h"
#include "worker/memory_requests.h"

namespace wm {
namespace {

constexpr std::chrono::milliseconds owner_recheck{50};
constexpr int task_recheck_ms = 1000;  // wake-ups are hints: a lost one costs this much, never progress

class TaskLoop {
 public:
  TaskLoop(MappedSegment segment, WorkerIndex worker, const JobDescription& job)
      : segment_(std::move(segment)),
        worker_(worker),
        status_(segment_.status(worker)),
        tasks_(segment_.tasks()),
        log_(segment_, worker, job.log_level, {inherited::log, inherited::space, inherited::lifeline}),
        ready_(EventFd::adopt(inherited::ready)),
        done_(EventFd::adopt(inherited::done)),
        memory_(status_, job.memory, {done_, inherited::space, inherited::lifeline}, log_) {}

  int run(const JobDescription& job, const Boot& boot) {
    ProcessTask process;
    try {
      process = boot(job, log_, memory_, [this] { wait_until_owned(); });
    } catch (const std::exception& error) {
      return boot_failed(error.what());
    }
    kill_point(KillPoint::boot_loaded);
    log_.log(LogLevel::debug, fmt::format("ready, pid {}", ::getpid()));
    enter_phase(WorkerPhase::ready);
    return serve(process);
  }

 private:
  void enter_phase(WorkerPhase phase) {
    status_.phase.store(static_cast<std::uint32_t>(phase), std::memory_order_seq_cst);
    kill_point(KillPoint::boot_ready);
    done_.post();
    kill_point(KillPoint::boot_notified);
  }

  int boot_failed(std::string_view reason) {
    const std::size_t bytes = std::min(reason.size(), sizeof status_.boot_message);
    std::memcpy(status_.boot_message, reason.data(), bytes);
    status_.boot_message_bytes = static_cast<std::uint32_t>(bytes);
    enter_phase(WorkerPhase::boot_failed);
    return worker_exit_boot_failed;
  }

  [[nodiscard]] bool told_to_stop() const {
    return segment_.header().stopping.load(std::memory_order_seq_cst) != 0 ||
           status_.retire.load(std::memory_order_seq_cst) != 0;
  }

  int serve(const ProcessTask& process) {
    while (!told_to_stop() && !orphaned_ && !damaged_) {
      auto claim = tasks_.claim(worker_);
      if (!claim) claim = wait_for_task();
      if (claim) work(*claim, process);
    }
    kill_point(KillPoint::stop_seen);
    if (orphaned_) return worker_exit_orphaned;
    if (damaged_) return worker_exit_damaged;
    log_.log(LogLevel::debug, "stopped");
    return worker_exit_stopped;
  }

  /// Nullopt after a wake-up, a time-out or the supervisor's death.
  std::optional<TaskQueue::Claim> wait_for_task() {
    status_.waiting.store(1, std::memory_order_seq_cst);
    kill_point(KillPoint::wait_begun);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // The supervisor makes a slot READY and then reads `waiting`; we set it and then check the slots.
    auto claim = tasks_.claim(worker_);
    if (!claim && !told_to_stop()) {
      pollfd watched[] = {{ready_.fd(), POLLIN, 0}, {inherited::lifeline, 0, 0}};
      ::poll(watched, 2, task_recheck_ms);
      ready_.take();
      orphaned_ = (watched[1].revents & (POLLHUP | POLLERR)) != 0;
    }
    status_.waiting.store(0, std::memory_order_relaxed);
    kill_point(KillPoint::wait_ended);
    return claim;
  }

  void work(const TaskQueue::Claim& claim, const ProcessTask& process) {
    const auto found = tasks_.task(claim);
    if (!found) {  // the slot stays CLAIMED: the supervisor knows its task
      damaged_ = true;
      return;
    }
    const Task& task = *found;
    StageClock stages([this](Stage stage) {
      if (stage == Stage::publish) wait_until_owned();
      crash::enter_stage(stage);
      status_.stage.store(static_cast<std::uint32_t>(stage), std::memory_order_relaxed);
      kill_point(KillPoint::stage_entered);
    });
    memory_.begin_task(claim.ticket, stages);
    const Outcome outcome = attempt(task, process, stages);
    memory_.end_task();
    log_.end_task();
    crash::end_task(!outcome.failure);
    status_.task.store(0, std::memory_order_release);
    kill_point(KillPoint::position_cleared);
    damaged_ = !tasks_.finish(claim, outcome);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const bool at_once = outcome.failure.has_value();  // a retry or --halt must not wait
    if (completes_awaited(segment_.header().dispatcher_waiting, at_once)) done_.post();
    kill_point(KillPoint::result_notified);
  }

  /// A supervisor that stands still may lose its job to another one. It knows, or kills this process, before
  /// it says again that the job is its own. Asked before the temporary file is made and again right before it
  /// gets its name. Should this process stand still from here on, its temporary file is gone when it wants to
  /// name it: who takes over removes those of all tasks that were handed out.
  void wait_until_owned() const {
    const auto is_owned = [this] {
      const std::int64_t until = segment_.header().owned_until_ns.load(std::memory_order_seq_cst);
      timespec now{};
      ::clock_gettime(CLOCK_BOOTTIME, &now);
      return until == 0 || static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec < until;
    };
    while (!is_owned()) std::this_thread::sleep_for(owner_recheck);
  }

  /// The boundary at which exceptions become a value.
  Outcome attempt(const Task& task, const ProcessTask& process, StageClock& stages) {
    Outcome outcome;
    try {
      publish_position(task);
      outcome.published = process(task, stages);
    } catch (const TaskFailure& failure) {
      outcome.failure = Failure{failure.kind(), failure.what()};
      outcome.blame = failure.blame();
    } catch (const std::bad_alloc&) {
      outcome.failure = Failure{FailureKind::out_of_memory, "not enough memory for this picture"};
    }
    stages.finish();
    outcome.stage_ns = stages.times();
    return outcome;
  }

  /// File and stage must be readable from outside before the file is opened.
  void publish_position(const Task& task) {
    crash::begin_task(task);
    status_.path_bytes = static_cast<std::uint32_t>(task.input.size());
    std::memcpy(status_.path, task.input.data(), task.input.size());
    status_.path[task.input.size()] = '\0';
    kill_point(KillPoint::position_path);
    status_.stage.store(static_cast<std::uint32_t>(Stage::decode), std::memory_order_relaxed);
    status_.task.store(number(task.id), std::memory_order_release);
    kill_point(KillPoint::position_task);
    log_.begin_task(number(task.id), task.input);
  }

  MappedSegment segment_;
  WorkerIndex worker_;
  WorkerStatus& status_;
  TaskQueue tasks_;
  RingLogger log_;
  EventFd ready_;
  EventFd done_;
  MemoryRequests memory_;
  bool orphaned_ = false;
  bool damaged_ = false;
};

/// Ties this process's life to its parent's while it is not watching the lifeline.
bool follow_into_death(std::int32_t supervisor_pid, bool traced) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return traced || ::getppid() == supervisor_pid;  // the parent may have died before the call above
}

struct Arguments {
  WorkerIndex worker{};
  bool traced = false;              // a debugger is the parent
  std::int32_t supervisor_pid = 0;  // not taken from the segment, which a dying worker may have corrupted
};

template <typename Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<Arguments> arguments_from(int argc, char* argv[]) {
  std::uint16_t index = 0;
  Arguments arguments;
  if (argc < 3 || argc > 4 || !parse(argv[1], index) || !parse(argv[2], arguments.supervisor_pid))
    return std::nullopt;
  arguments.traced = argc == 4 && std::string_view(argv[3]) == traced_worker_word;
  arguments.worker = static_cast<WorkerIndex>(index);
  return arguments;
}

int live(int argc, char* argv[], const Boot& boot) {
  const auto arguments = arguments_from(argc, argv);
  if (!arguments || ::fcntl(inherited::segment, F_GETFD) < 0 || ::fcntl(inherited::job, F_GETFD) < 0) {
    fmt::print(stderr, "wm-worker is started by wm-supervisor, not by hand.\n");
    return worker_exit_usage;
  }
  for (int fd = inherited::segment; fd < inherited::end; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  std::signal(SIGXFSZ, SIG_IGN);  // an output that is too large is a failure with a reason: write_failure.h
  std::optional<MappedSegment> segment;
  std::optional<JobDescription> job;
  try {
    crash::arm(inherited::crash_record);
    segment = MappedSegment::attach(UniqueFd(inherited::segment));
  } catch (const std::runtime_error& error) {  // made by another version, or corrupted by another worker
    fmt::print(stderr, "wm-worker: {}\n", error.what());
    return worker_exit_damaged;
  }
  if (!follow_into_death(arguments->supervisor_pid, arguments->traced)) return worker_exit_orphaned;
  arm_kill_points(ProcessSide::worker);
  kill_point(KillPoint::boot_attached);
  try {
    job = job_description_from(inherited::job);
  } catch (const std::exception& error) {
    fmt::print(stderr, "wm-worker: {}\n", error.what());
    return worker_exit_boot_failed;
  }
  // Exceptions are deliberately not caught here: an unexpected one ends the process where it was thrown.
  return TaskLoop(std::move(*segment), arguments->worker, *job).run(*job, boot);
}

}  // namespace

int run_worker(int argc, char* argv[], const Boot& boot) {
  const int exit_code = live(argc, argv, boot);
  crash::leaving();
  return exit_code;
}

}  // namespace wm
